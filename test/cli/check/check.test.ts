import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../../deploy/demo/lab/network.ts';
import { localPort } from '../../../deploy/demo/lab/syscalls.ts';
import { MAIN, ONLY_HERE, run, temporaryFile } from '../../support/exporter.ts';
import { Host, TIERS } from '../../support/host.ts';
import { parsePluginLine } from '../../support/plugin-line.ts';
import { inNetwork, LOW } from '../../support/scenario.ts';
import { SocketClient } from '../../support/socket-client.ts';

const A: Target = { to: '127.0.0.1', port: 80 };
const POOL = '127.0.0.1->127.0.0.1:80';

/** What stands before a pool of this thread's network namespace, which is not that of PID 1. */
const HERE = /netns \d+ \(\w+\): /;

function open(network: Network, count: number): void {
  for (let opened = 0; opened < count; opened += 1) network.connect(A);
}

function npd(...args: readonly string[]): {
  readonly status: number | null;
  readonly text: string;
} {
  const { status, stdout } = run('check', '--exit-codes=npd', ...args);
  expect(stdout.split('\n')).toHaveLength(2);
  expect(Buffer.byteLength(stdout.trimEnd())).toBeLessThanOrEqual(80);
  return { status, text: stdout.trimEnd() };
}

describe('check', () => {
  test.each([
    { held: 69, status: 0, state: 'OK', npdStatus: 0 },
    { held: 70, status: 1, state: 'WARNING', npdStatus: 1 },
    { held: 89, status: 1, state: 'WARNING', npdStatus: 1 },
    { held: 90, status: 2, state: 'CRITICAL', npdStatus: 1 },
  ])('$held of 100 ports: $state, as the thresholds in its performance data say', async (stage) => {
    await inNetwork((network) => {
      network.listen(A.to, A.port);
      open(network, stage.held);
      const { status, stdout, stderr } = run('check', ONLY_HERE);
      expect({ status, stderr }).toEqual({ status: stage.status, stderr: '' });
      const line = parsePluginLine(stdout);
      expect(line.state).toBe(stage.state);
      expect(line.text).toContain(`127.0.0.1 → 127.0.0.1:80: ${stage.held}% of 100 ports used`);
      const [[label = '', value] = []] = line.values;
      expect(label.replace(HERE, '')).toBe(POOL);
      expect(value).toEqual({
        value: stage.held,
        unit: '',
        warning: 69,
        critical: 89,
        min: 0,
        max: 100,
      });
      expect(stage.held > 69).toBe(stage.status > 0);
      expect(line.values.get('worst_usage')).toMatchObject({ value: stage.held, unit: '%' });
      expect(line.values.get('pools_critical')?.value).toBe(Number(stage.status === 2));
      const short = npd(ONLY_HERE);
      expect(short.status).toBe(stage.npdStatus);
      if (stage.status === 0) return;
      expect(short.text.replace(HERE, '')).toBe(
        `${stage.state.toLowerCase()}: ${100 - stage.held} of 100 left: 127.0.0.1 → 127.0.0.1:80`,
      );
    });
  });

  test('judges by the thresholds of the configuration', () =>
    inNetwork((network) => {
      network.listen(A.to, A.port);
      open(network, 30);
      const config = temporaryFile(
        'strict.yaml',
        'namespaces: { discover: off }\nalerts: { EphemeralPortsExhaustion: { warning: 0.205, critical: 0.301, for: 1h } }\n',
      );
      const { status, stdout } = run('check', `--config.file=${config}`);
      expect(status).toBe(1);
      const [value] = parsePluginLine(stdout).values.values();
      expect(value).toMatchObject({
        warning: 20,
        critical: 30,
      });
    }));

  test('says who holds the ports, and what suffers by the same cause', () =>
    inNetwork(async (network) => {
      network.listen(A.to, A.port);
      const client = SocketClient.start();
      try {
        await client.openBound(95);
        // One poll may end before who holds the ports is found.
        const outcomes = Array.from({ length: 5 }, () => run('check', ONLY_HERE));
        expect(outcomes.map(({ status }) => status)).toEqual([2, 2, 2, 2, 2]);
        const lines = outcomes.map(({ stdout }) => parsePluginLine(stdout));
        const line = lines.find(({ text }) => text.includes('held by')) ?? lines[0];
        if (line === undefined) return;
        expect(line.text.replace(HERE, '')).toMatch(
          /^critical: bind\(0\) on 127\.0\.0\.5: .*, held by [^;]*\(95 ports\)(?:; the search for owners was not finished)?; by it also in trouble: the range,/,
        );
        const [[label = '', worst] = []] = line.values;
        expect(label.replace(HERE, '')).toBe('bind(0) on 127.0.0.5');
        expect(worst).toMatchObject({ value: 95, warning: 69, critical: 89, max: 100 });
      } finally {
        await client.end();
      }
    }));

  test('a service port that a client has is a warning', () =>
    inNetwork((network) => {
      network.listen(A.to, A.port);
      const port = localPort(network.connect(A));
      const config = temporaryFile(
        'service.yaml',
        `namespaces: { discover: off }\nservice_ports: [${port}]\n`,
      );
      const { status, stdout } = run('check', `--config.file=${config}`);
      expect(status).toBe(1);
      expect(parsePluginLine(stdout).text).toContain(`port ${port}: a service cannot listen on`);
      const short = npd(`--config.file=${config}`);
      expect(short.status).toBe(1);
      expect(short.text.replace(HERE, '')).toBe(
        `warning: port ${port} of a service is taken by a client`,
      );
    }));

  test('the same in a pipe whose reader has gone, by its exit status', () =>
    inNetwork((network) => {
      network.listen(A.to, A.port);
      open(network, 95);
      const script = '"$0" "$1" check "$2" | true; echo "${PIPESTATUS[0]}"';
      const command = ['-c', script, process.execPath, MAIN, ONLY_HERE];
      expect(spawnSync('bash', command, { encoding: 'utf8' }).stdout.trim()).toBe('2');
    }));
});

describe('what check does not know', () => {
  test.each([
    [
      ['--netns=nowhere'],
      /^--netns=nowhere: no such network namespace is seen; there are: netns \d+/,
    ],
    [['--pod=shop/cart-0'], /^--pod=shop\/cart-0: no such network namespace is seen/],
    [['--path.procfs=/nowhere'], /\/nowhere/],
    [['--config.file=/nowhere.yaml'], /\/nowhere\.yaml/],
    [['--exit-code=npd'], /^unknown flag "--exit-code"; did you mean "--exit-codes"\?$/],
    [['now'], /^unexpected argument "now"$/],
  ])('%j: unknown', (args, text) =>
    inNetwork(() => {
      const { status, stdout, stderr } = run('check', ONLY_HERE, ...args);
      expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
      const line = parsePluginLine(stdout);
      expect(line.state).toBe('UNKNOWN');
      expect(line.text).toMatch(text);
      expect(npd(ONLY_HERE, ...args).status).toBe(2);
    }),
  );

  test('a part that cannot be read: unknown with the reason, and what is critical all the same is said first', () => {
    const folder = mkdtempSync(join(tmpdir(), 'epe-check-'));
    try {
      cpSync('test/fixtures/mixed', folder, { recursive: true, dereference: true });
      const proc = `--path.procfs=${folder}`;
      expect(run('check', proc).status).toBe(0);
      writeFileSync(join(folder, 'net/udp'), 'no table\n');
      const { status, stdout } = run('check', proc);
      expect(status).toBe(3);
      expect(parsePluginLine(stdout).text).toMatch(/^UDP sockets cannot be read, .*net\/udp/);
      const config = temporaryFile(
        'low.yaml',
        'alerts: { EphemeralPortsExhaustion: { warning: 0.1, critical: 0.5 } }\n',
      );
      const critical = run('check', proc, `--config.file=${config}`);
      expect(critical.status).toBe(2);
      expect(parsePluginLine(critical.stdout).text).toMatch(
        /^critical: .*UDP sockets cannot be read/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('check on a host', () => {
  test('looks into other namespaces, or one alone, and its names end neither line nor text', async () => {
    await inNetwork(async () => {
      const host = await Host.start();
      try {
        const script = `ip netns add 'bl|ue'\nip netns add red`;
        host.run('sh', '-c', script);
        const red = await host.firstIn('red');
        const blue = await host.firstIn("'bl|ue'");
        red.inside((network) => {
          network.range(LOW, LOW + 99);
        });
        blue.inside((network) => {
          network.range(LOW, LOW + 99);
          network.listen(A.to, A.port);
          open(network, 95);
        });
        const check = (...args: readonly string[]): { status: number | null; stdout: string } => {
          const [program = '', ...rest] = host.within(process.execPath, MAIN, 'check', ...args);
          return spawnSync(program, rest, { encoding: 'utf8' });
        };
        const all = check();
        expect(all.status).toBe(2);
        const line = parsePluginLine(all.stdout);
        expect(line.text).toMatch(/^critical: netns \d+ \(bl\\x7cue\): 127\.0\.0\.1 → /);
        expect([...line.values.keys()][0]).toBe(`netns ${blue.netns} (bl_ue): ${POOL}`);
        expect(check('--netns=bl|ue').status).toBe(2);
        expect(check(`--netns=${blue.netns}`).status).toBe(2);
        for (const netns of ['red', 'host', red.netns]) {
          expect(check(`--netns=${netns}`), netns).toMatchObject({ status: 0 });
        }
        const none = spawnSync(
          'nsenter',
          host.within(...TIERS.none, process.execPath, MAIN, 'check', '--netns=host').slice(1),
          { encoding: 'utf8' },
        );
        expect(none.stderr).toBe('');
        expect(parsePluginLine(none.stdout).state).toBe('OK');
      } finally {
        await host.stop();
      }
    });
  });
});

describe('the examples', () => {
  test('of NRPE and node-problem-detector are command lines that work', () =>
    inNetwork(() => {
      const nrpe = readFileSync('deploy/nagios/nrpe.cfg', 'utf8');
      const [, command = ''] = /^command\[check_ephemeral_ports\]=(.*)$/m.exec(nrpe) ?? [];
      const [program, ...args] = command
        .replace('/etc/ephemeral-port-exporter/config.yaml', ONLY_HERE.split('=')[1] ?? '')
        .split(' ');
      expect(program).toBe('/usr/bin/ephemeral-port-exporter');
      expect(run(...args).status).toBe(0);
      const service = readFileSync('deploy/nagios/service.cfg', 'utf8');
      expect(service).toMatch(/check_nrpe!check_ephemeral_ports$/m);
      const json = readFileSync('deploy/node-problem-detector/ephemeral-ports.json', 'utf8');
      const monitor = JSON.parse(json) as {
        readonly pluginConfig: { readonly timeout: string; readonly max_output_length: number };
        readonly conditions: readonly { readonly type: string }[];
        readonly rules: readonly Readonly<
          Record<'condition' | 'path' | 'timeout', string> & { args: readonly string[] }
        >[];
      };
      const [rule] = monitor.rules;
      expect(rule).toMatchObject({ path: program, timeout: monitor.pluginConfig.timeout });
      expect(monitor.conditions.map(({ type }) => type)).toContain(rule?.condition);
      expect(npd(ONLY_HERE, ...(rule?.args.slice(1) ?? [])).status).toBe(0);
      expect(rule?.args).toEqual(['check', '--exit-codes=npd']);
      expect(monitor.pluginConfig.max_output_length).toBe(80);
    }));
});
