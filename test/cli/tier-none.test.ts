import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import { localPort } from '../../deploy/demo/lab/syscalls.ts';
import { MAIN, type Outcome } from '../support/exporter.ts';
import { Host, TIERS, UNPRIVILEGED_UID } from '../support/host.ts';
import { parsePluginLine } from '../support/plugin-line.ts';

/** What somebody without any capability is told, on a host whose processes belong to root, with a second network namespace. */

const FULL = { to: '127.0.0.1', port: 81 };
const HALF = { to: '127.0.0.1', port: 80 };

let network: Network;
let host: Host;
let taken = 0;
let other = '';

beforeAll(async () => {
  network = Network.enter();
  network.range(40_000, 40_099);
  host = await Host.start();
  for (const [target, count] of [
    [FULL, 100],
    [HALF, 50],
  ] as const) {
    network.listen(target.to, target.port);
    for (let opened = 0; opened < count; opened += 1) taken = localPort(network.connect(target));
  }
  const resident = await host.namespace();
  other = resident.netns;
  resident.inside((there) => {
    there.range(40_000, 40_009);
    there.listen('127.0.0.1', 80);
    for (let opened = 0; opened < 5; opened += 1) there.connect(HALF);
    there.bindTcp('127.0.0.1', 40_020);
  });
});

afterAll(async () => {
  await host.stop();
  network.dispose();
});

function nobody(...args: readonly string[]): Outcome {
  const [program = '', ...rest] = host.within(...TIERS.none, process.execPath, MAIN, ...args);
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { status, stdout, stderr };
}

/** The outcome of explaining; what root is told where no past is asked for. */
function asRoot(...args: readonly string[]): unknown {
  return JSON.parse(host.run(process.execPath, MAIN, ...args, '--json', '--no-daemon'));
}

function times(text: string, words: string): number {
  // The report breaks its lines.
  return text.replaceAll(/\s+/g, ' ').split(words).length - 1;
}

interface Explained {
  readonly endpoints: readonly { readonly calculation: unknown; readonly outcome: string }[];
}

describe('without any capability', () => {
  test('it is nobody who asks, wherever this suite may become nobody', () => {
    const [program = '', ...rest] = host.within(
      ...TIERS.none,
      'grep',
      'CapEff',
      '/proc/self/status',
    );
    const { stdout } = spawnSync(program, rest, { encoding: 'utf8' });
    if (UNPRIVILEGED_UID !== 0) expect(stdout).toMatch(/CapEff:\s*0+$/m);
  });

  test('check: critical, 2, and the pool that is full', () => {
    const { status, stdout } = nobody('check', '--netns=host');
    expect(status).toBe(2);
    const line = parsePluginLine(stdout);
    expect(line.state).toBe('CRITICAL');
    expect(line.text).toContain('127.0.0.1 → 127.0.0.1:81: no port is left');
    expect(line.values.get('127.0.0.1->127.0.0.1:81')).toMatchObject({ value: 100, max: 100 });
  });

  test('explain: the same calculation as root is told, the right verdict and exit status', () => {
    for (const [target, status, outcome] of [
      ['127.0.0.1:81', 1, 'ports'],
      ['127.0.0.1:80', 0, 'granted'],
    ] as const) {
      const words = ['explain', target, '--netns=host'];
      const told = nobody(...words, '--json', '--no-daemon');
      expect(told.status).toBe(status);
      const [endpoint] = (JSON.parse(told.stdout) as Explained).endpoints;
      expect(endpoint?.outcome).toBe(outcome);
      if (status === 0) {
        const [roots] = (asRoot(...words) as Explained).endpoints;
        expect(endpoint?.calculation).toEqual(roots?.calculation);
      }
    }
    const text = nobody('explain', '127.0.0.1:80', '--netns=host').stdout;
    expect(text).toContain(', 50 are left: EADDRNOTAVAIL');
    expect(text).toContain('Held by user 0 (50 ports).');
  });

  test('explain of another namespace: the range is assumed, which is said once, and no verdict is made of it', () => {
    const { status, stdout } = nobody('explain', '127.0.0.1:80', `--netns=${other}`);
    expect(status).toBe(0);
    expect(stdout).toContain('32768-60999');
    expect(times(stdout, 'assumed')).toBe(1);
    expect(stdout).not.toContain('is not for lack of ports');
  });

  test('explain :PORT: a listener, a client, nobody', () => {
    const listener = nobody('explain', ':80', '--netns=host');
    expect(listener.status).toBe(0);
    expect(listener.stdout).toContain('TCP: a listener on 127.0.0.1, of user 0.');
    const client = nobody('explain', `:${taken}`, '--netns=host');
    expect(client.status).toBe(1);
    expect(client.stdout).toContain('has it as its source port');
    expect(times(client.stdout, 'Since when is not known')).toBe(1);
    const idle = nobody('explain', ':40020', `--netns=${other}`);
    expect(idle.status).toBe(0);
    expect(idle.stdout).toContain('a socket that is bound and idle would not be seen');
  });

  test('report: what could not be read, once each; 0', () => {
    const { status, stdout } = nobody('report');
    expect(status).toBe(0);
    expect(times(stdout, 'NOT KNOWN')).toBe(1);
    expect(times(stdout, 'setns() needs')).toBe(1);
    expect(times(stdout, 'which process has a socket open can be seen with')).toBe(1);
    expect(stdout).toContain('owner user 0');
  });
});
