import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogQueue } from '../../src/daemon/log-queue.ts';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { Daemon, request } from '../support/daemon.ts';
import { MAIN, temporaryFile } from '../support/exporter.ts';
import { planted, withDefect } from '../support/planted.ts';
import { inNetwork } from '../support/scenario.ts';

describe('lines into a pipe', () => {
  let reader: number;
  let writer: number;
  let received: string;

  beforeEach(() => {
    const path = join(mkdtempSync(join(tmpdir(), 'epe-log-')), 'pipe');
    execFileSync('mkfifo', [path]);
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    received = '';
  });

  afterEach(() => {
    closeSync(reader);
    closeSync(writer);
  });

  /** Reads until nothing comes any more. */
  async function readAll(): Promise<readonly string[]> {
    const buffer = Buffer.alloc(100_000);
    for (let idle = 0; idle < 10; idle += 1) {
      try {
        for (let length = readSync(reader, buffer); length > 0; length = readSync(reader, buffer)) {
          received += buffer.toString('latin1', 0, length);
          idle = 0;
          await sleep(1);
        }
      } catch {
        await sleep(20);
      }
    }
    return received.split('\n').slice(0, -1);
  }

  const lineOf = (index: number): string => `${index} ${'x'.repeat(700)}`;

  test('that is read too slowly are all there, in their order, each whole', async () => {
    const losses: number[] = [];
    const queue = new LogQueue(writer, (lines) => losses.push(lines));
    const lines = Array.from({ length: 3000 }, (_, index) => lineOf(index));
    for (const line of lines) queue.write(`${line}\n`);
    expect(await readAll()).toEqual(lines);
    expect(losses).toEqual([]);
  });

  test('beyond the bound are counted, and the loss is said', async () => {
    const losses: number[] = [];
    const queue = new LogQueue(writer, (lines) => losses.push(lines));
    const count = 10_000;
    for (let index = 0; index < count; index += 1) queue.write(`${lineOf(index)}\n`);
    const read = await readAll();
    expect(read.length).toBeGreaterThan(5000);
    expect(losses).toEqual([count - read.length]);
    expect(read).toEqual(Array.from(read, (_, index) => lineOf(index)));
  });

  test('are there when the process ends', async () => {
    const queue = new LogQueue(writer, () => undefined);
    for (let index = 0; index < 200; index += 1) queue.write(`${lineOf(index)}\n`);
    const drained = readAll();
    await sleep(1);
    queue.flush();
    expect((await drained).length).toBe(200);
  });
});

test('lines that cannot be written are counted, and the loss is said once one can', () => {
  const full = openSync('/dev/full', 'w');
  const losses: number[] = [];
  const queue = new LogQueue(full, (lines) => losses.push(lines));
  queue.write('one\n');
  queue.write('two\n');
  expect(losses).toEqual([]);
  closeSync(full);
  expect(openSync('/dev/null', 'w')).toBe(full);
  queue.write('three\n');
  expect(losses).toEqual([2]);
  closeSync(full);
});

describe('a burst of alerts', () => {
  for (const format of ['json', 'pretty']) {
    test(`in a ${format} log into a pipe that nobody reads: no line is lost, and nothing waits`, () =>
      inNetwork(async (network) => {
        network.range(40_000, 40_001);
        network.listen('0.0.0.0', 80);
        for (let endpoint = 0; endpoint < 500; endpoint += 1) {
          const to = `127.0.${1 + (endpoint >> 8)}.${endpoint & 255}`;
          for (const port of [80, 80]) network.connect({ to, port });
        }
        const config = temporaryFile(
          'burst.yaml',
          'endpoints: { limit: 1000, limit_at_risk: 1000 }\nnamespaces: { discover: off }\n' +
            'alerts: { EphemeralPortsExhaustion: { for: 0s }, EphemeralPortsSlowConnect: { for: 0s } }\n',
        );
        const flags = ['--web.listen-address=127.0.0.1:9065', `--config.file=${config}`];
        const all = [MAIN, ...flags, `--log.format=${format}`, '--poll.interval=1s'];
        // Nobody reads its standard error before all alerts fire.
        const daemon = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'pipe'] });
        let firing = 0;
        for (let tries = 0; tries < 300 && firing < 1000; tries += 1) {
          await sleep(100);
          const answer = await request(9065, '/metrics').catch(() => undefined);
          const page = new Exposition(answer?.body.toString() ?? '');
          firing = page.samples.filter(({ name }) => name === 'ephemeral_ports_alert').length;
        }
        expect(firing).toBeGreaterThanOrEqual(1000);
        let log = '';
        daemon.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
        await sleep(2000);
        daemon.kill('SIGTERM');
        await once(daemon, 'close');
        const fired = log.split('\n').filter((line) => /EphemeralPorts\w+: netns/.test(line));
        expect(fired.length).toBeGreaterThanOrEqual(firing);
        expect(log.includes('log lines lost')).toBe(false);
        expect(log.includes('SIGTERM: stopping')).toBe(true);
      }));
  }
});

describe('names that would do something to a terminal', () => {
  const EVIL = '\\e]0;owned\\a\\n! \\u202e';

  test('are shown in the table of --once', () =>
    inNetwork((network) => {
      network.listen('127.0.0.1', 80);
      for (let open = 0; open < 95; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
      const names = `endpoints: { names: [{ cidr: 127.0.0.0/8, name: "${EVIL}" }] }\n`;
      const config = temporaryFile('evil.yaml', `${names}namespaces: { discover: off }\n`);
      const renamed = planted(`if (isMainThread) process.title = '\\x1b[31m\\n! X';`);
      const args = [MAIN, '--once', '--once.format=table', `--config.file=${config}`];
      const { stdout } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        env: { ...process.env, ...renamed },
      });
      expect(stdout).toContain('(\\x1b[31m\\n! X)');
      expect(stdout).toContain('\\x1b]0;owned\\x07\\n! \\u{202e}');
      // eslint-disable-next-line no-control-regex
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
      expect(stdout).not.toMatch(/^! (?!critical|warning|info)/m);
    }));

  for (const format of ['json', 'pretty']) {
    test(`are shown in a ${format} log`, () =>
      inNetwork(async (network) => {
        network.listen('127.0.0.1', 80);
        for (let open = 0; open < 95; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
        const renamed = withDefect(`if (isMainThread) process.title = '\\x1b[5m\\n{X\\x9b';`);
        const daemon = await Daemon.startBy(renamed, `--log.format=${format}`);
        await daemon.until('an alert fires', () =>
          Promise.resolve(daemon.stderr.includes('critical')),
        );
        // eslint-disable-next-line no-control-regex
        const plain = daemon.stderr.replaceAll(/\x1b\[\d\d?m|\n/g, '');
        // eslint-disable-next-line no-control-regex
        expect(plain).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        expect(plain).toMatch(/\\x1b\[5m\\+n\{X\\+x9b/);
        expect(daemon.stderr).not.toMatch(/^\{X/m);
        await daemon.stop();
      }));
  }
});
