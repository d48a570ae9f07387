import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import { Daemon, stopDaemons } from '../support/daemon.ts';
import { EXPORT_ALL, type Outcome, run, runLater, temporaryFile } from '../support/exporter.ts';
import { SocketClient } from '../support/socket-client.ts';
import { serve } from '../support/incident-stage.ts';
import { inNetwork } from '../support/scenario.ts';

const NO_PAST = 'One poll has no past';

/** `explain` with a configuration that looks at this namespace alone. */
function explain(...args: readonly string[]): Outcome {
  return run('explain', '127.0.0.1:80', ...args, `--config.file=${EXPORT_ALL}`);
}

describe('explain beside a daemon', () => {
  let network: Network;
  let open: (count: number) => void;

  beforeAll(async () => {
    network = Network.enter();
    network.range(40_000, 40_099);
    open = serve(network);
    open(30);
    const config = temporaryFile(
      'past.yaml',
      'alerts: { EphemeralPortsExhaustion: { critical: 0.9, for: 0s } }\nendpoints: { min_ratio: 0 }\nnamespaces: { discover: off }\n',
    );
    const daemon = await Daemon.start(`--config.file=${config}`);
    await daemon.nextPoll();
    open(65);
    await daemon.nextPoll();
    await daemon.nextPoll();
  });

  afterAll(async () => {
    await stopDaemons();
    network.dispose();
  });

  test('tells the history in words, and what was critical', () => {
    const { status, stdout, stderr } = explain();
    expect(stderr).toBe('');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^Held over the last \d+ s: 30 → 95, \+[\d.]+ a second in the last minute\.$/m,
    );
    expect(stdout).toMatch(/^Of them ESTABLISHED 30 → 95\.$/m);
    expect(stdout).toMatch(/^First seen \d+ s ago, 95% used at the highest/m);
    expect(stdout).toMatch(
      /^Critical for \d+ s, and still: cause connection_leak; at worst 5 of 100 ports left/m,
    );
    expect(stdout).not.toContain(NO_PAST);
  });

  test('and for programs', () => {
    const { stdout } = explain('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      endpoints: [{ history: { usage_ratio_peak: 0.95 } }],
      incidents: [{ pool: { remote_port: 80 }, end_reason: '' }],
    });
  });

  test('by the address that is named', () => {
    expect(explain('--from=http://localhost:9065').stdout).toContain('Held over the last');
    const { status, stdout } = explain('--from=http://127.0.0.1:9066');
    expect(status).toBe(1);
    expect(stdout).toContain(
      `${NO_PAST}: the daemon follows each endpoint over time. No past from the daemon at http://127.0.0.1:9066: nobody listens there.`,
    );
  });

  test('asks nobody where it must not', () => {
    const { stdout } = explain('--no-daemon');
    expect(stdout).not.toContain('Held over');
    expect(JSON.parse(explain('--no-daemon', '--json').stdout)).toMatchObject({
      incidents: null,
      endpoints: [{ history: null }],
    });
  });

  test('an endpoint that the daemon does not follow has no past there', () => {
    const { stdout } = run('explain', '127.0.0.1:81', `--config.file=${EXPORT_ALL}`);
    expect(stdout).toContain('The daemon at http://127.0.0.1:9065 does not follow this endpoint');
  });

  test.each([
    [
      ['--from=http://10.0.0.1:9065'],
      "--from: only a daemon on this host's loopback is asked, not 10.0.0.1",
    ],
    [['--from=nonsense'], '--from: expected a URL'],
    [['--no-daemon', '--from=http://127.0.0.1:9065'], '--no-daemon: contradicts --from'],
  ])('%j is refused', (args, message) => {
    const { status, stdout, stderr } = explain(...args);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

test('a name from hell is kept as it is, and shown without an effect', () =>
  inNetwork(async (network) => {
    network.range(40_000, 40_099);
    network.listen('127.0.0.1', 80);
    const client = SocketClient.start();
    try {
      await client.call('\u001b[31mevil\n\u202e');
      await client.open(95);
      const config = temporaryFile(
        'hostile.yaml',
        'alerts: { EphemeralPortsExhaustion: { critical: 0.9, for: 0s } }\nnamespaces: { discover: off }\n',
      );
      const daemon = await Daemon.start(`--config.file=${config}`);
      let raw = '';
      await daemon.until('the owner is known', async () => {
        raw = (await daemon.get('/api/v1/incidents')).body.toString();
        return raw.includes('evil');
      });
      expect(raw).toContain(String.raw`"owner":"\u001b[31mevil\n`);
      const { stdout } = explain();
      expect(stdout).toMatch(/^Critical .*held by \\x1b\[31mevil\\n\\u\{202e\}/m);
      // eslint-disable-next-line no-control-regex
      expect(stdout + explain('--json').stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    } finally {
      await client.end();
    }
  }));

describe('explain without a daemon', () => {
  test('says that one poll has no past', () =>
    inNetwork(() => {
      const { status, stdout } = explain();
      expect(status).toBe(0);
      expect(stdout).toContain(NO_PAST);
      expect(stdout).not.toContain('No past from');
    }));

  test.each([
    [
      'another program',
      '{"incidents": [{"id": 1}], "endpoints": 7}',
      0,
      'its answer is not understood',
    ],
    ['one that is no JSON', '\u001b[31mhello', 0, 'is no JSON'],
    ['one that does not answer', '', 60_000, 'no answer within 0.5 s'],
  ])('%s in its place is no past, and no trouble', (_, body, delayMs, message) =>
    inNetwork(async () => {
      const server = createServer((_request, response) => {
        setTimeout(() => response.end(body), delayMs).unref();
      });
      await new Promise<void>((resolve) => {
        server.listen(9065, '127.0.0.1', resolve);
      });
      expect((server.address() as AddressInfo).port).toBe(9065);
      try {
        const startMs = performance.now();
        const { status, stdout } = await runLater(
          'explain',
          '127.0.0.1:80',
          `--config.file=${EXPORT_ALL}`,
        );
        expect(status).toBe(0);
        expect(stdout).toContain(message);
        expect(stdout).not.toContain('\u001b');
        expect(performance.now() - startMs).toBeLessThan(10_000);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }),
  );
});
