import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { run } from '../support/exporter.ts';
import { withDefect } from '../support/planted.ts';
import { inNetwork } from '../support/scenario.ts';

const LABELS = { alert: 'EphemeralPortsExhaustion', severity: 'warning' };

const OVERRIDDEN = 'poll.interval of the configuration has no effect: --poll.interval wins';

function configWith(warning: number | string, more = ''): string {
  return `alerts: { EphemeralPortsExhaustion: { warning: ${warning} } }\nnamespaces: { discover: off }\n${more}`;
}

interface Story {
  readonly daemon: Daemon;
  /** Of the configuration file. */
  readonly path: string;
  readonly write: (content: string) => void;
  readonly threshold: () => Promise<number | undefined>;
}

/** A test with a daemon whose configuration file the test then changes. */
function story(title: string, tell: (story: Story) => Promise<void>): void {
  test(title, () =>
    inNetwork(async (network) => {
      const path = join(mkdtempSync(join(tmpdir(), 'epe-reload-')), 'config.yaml');
      writeFileSync(path, configWith(0.7));
      network.listen('127.0.0.1', 80);
      for (let open = 0; open < 60; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
      const daemon = await Daemon.start(`--config.file=${path}`);
      try {
        await daemon.nextPoll();
        const threshold = async (): Promise<number | undefined> =>
          (await daemon.metrics()).find('alert_threshold_ratio', LABELS);
        await tell({
          daemon,
          path,
          write: (content) => {
            writeFileSync(path, content);
          },
          threshold,
        });
      } finally {
        await daemon.stop('SIGKILL');
      }
    }),
  );
}

function post(daemon: Daemon): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: daemon.port, path: '/-/reload', method: 'POST' };
    const outgoing = httpRequest(options, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('a reload', () => {
  story('by the file itself is in force at the next poll', async ({ daemon, write, threshold }) => {
    write(configWith(0.5));
    await daemon.until('the threshold is new', async () => (await threshold()) === 0.5);
    expect(daemon.stderr).toContain('configuration reloaded');
  });

  story('by SIGHUP', async ({ daemon, write, threshold }) => {
    write(configWith(0.6));
    daemon.process.kill('SIGHUP');
    await daemon.until('the threshold is new', async () => (await threshold()) === 0.6);
    expect(daemon.stderr).toContain('"trigger":"SIGHUP"');
  });

  story('by POST /-/reload', async ({ daemon, write, threshold }) => {
    write(configWith(0.55));
    expect(await post(daemon)).toEqual({ status: 200, body: 'Reloaded.\n' });
    await daemon.until('the threshold is new', async () => (await threshold()) === 0.55);
  });

  story('of a bad file changes nothing and says why', async ({ daemon, write, threshold }) => {
    write(configWith(70));
    const page = () => daemon.metrics();
    await daemon.until('it is refused', async () => {
      return (await page()).value('config_last_reload_successful') === 0;
    });
    expect(await threshold()).toBe(0.7);
    const answer = await post(daemon);
    expect(answer.status).toBe(500);
    expect(answer.body).toContain(
      'config.yaml:1: alerts.EphemeralPortsExhaustion.warning: expected a number',
    );
    expect(daemon.stderr).toContain('the last good one stays in force');
    write(configWith(0.65));
    await daemon.until('it is good again', async () => {
      return (await page()).value('config_last_reload_successful') === 1;
    });
  });

  story('keeps history and firing alerts', async ({ daemon, write, threshold }) => {
    write(configWith(0.5, 'endpoints: { names: [{ cidr: 127.0.0.0/8, name: home }] }'));
    await daemon.until('the threshold is new', async () => (await threshold()) === 0.5);
    await daemon.until('the alert fires', async () => {
      return (await daemon.metrics()).find('alert', LABELS) === 1;
    });
    const labels = { remote_port: '80', remote_name: 'home' };
    expect((await daemon.metrics()).value('endpoint_risk_level', labels)).toBe(2);
    await daemon.until('there is a forecast', async () => {
      const page = await daemon.metrics();
      return page.find('endpoint_time_to_exhaustion_seconds', labels) !== undefined;
    });
    write(configWith(0.55));
    await daemon.until('the threshold is new', async () => (await threshold()) === 0.55);
    const page = await daemon.metrics();
    expect(page.value('alert', LABELS)).toBe(1);
    expect(page.find('endpoint_time_to_exhaustion_seconds', { remote_port: '80' })).toBeDefined();
    expect(daemon.stderr.match(/"change":"fired"/g)).toHaveLength(1);
    write(configWith(0.55, 'history: { window: 5m }'));
    await daemon.until('the history is dropped', () => {
      return Promise.resolve(daemon.stderr.includes('the history begins anew'));
    });
  });

  story('says when a flag overrides it', async ({ daemon, write }) => {
    write(configWith(0.7, 'poll: { interval: 7s }'));
    await daemon.until('it says so', () => {
      return Promise.resolve(daemon.stderr.includes(OVERRIDDEN));
    });
  });

  story('says so of a change alone, not of each reload', async ({ daemon, write, threshold }) => {
    for (const warning of [0.6, 0.65]) {
      write(configWith(warning));
      await daemon.until('it is read', async () => (await threshold()) === warning);
    }
    expect(daemon.stderr).not.toContain(OVERRIDDEN);
  });
});

test('a file that is bad at the start is an error with line and key', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'epe-reload-')), 'config.yaml');
  writeFileSync(path, `\n${configWith('much')}`);
  const { status, stderr } = run(`--config.file=${path}`);
  expect(status).toBe(1);
  expect(stderr).toContain(`${path}:2: alerts.EphemeralPortsExhaustion.warning: expected a number`);
});

/** The program with one configuration file: what `--config.check` says, and what starting it does. */
function checked(content: string, ...flags: readonly string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'epe-reload-')), 'config.yaml');
  writeFileSync(path, content);
  const check = run('--config.check', `--config.file=${path}`, ...flags);
  const once = run('--once', `--config.file=${path}`, ...flags);
  expect([check.status, once.status]).toEqual([1, 1]);
  expect(once.stderr).toBe(check.stderr);
  return check.stderr;
}

describe('keys that are good each, and not together', () => {
  const HISTORY = 'history: { window: 1d, pools: 65536 }\n';

  test('a history that is larger than the memory is refused', () => {
    expect(checked(`${HISTORY}poll: { interval: 1s }\n`)).toContain(
      'config.yaml: history.window (86400 s) / poll.interval (1 s) × history.pools (65536): expected 64 MiB of memory at most, found 86400 MiB',
    );
  });

  test('also where a flag makes it so', () => {
    const good = 'poll: { interval: 60s }\nhistory: { window: 6h, pools: 8192 }\n';
    expect(checked(good, '--poll.interval=1s')).toContain('/ --poll.interval (1 s)');
  });

  test('a warning beyond the critical threshold is refused', () => {
    expect(
      checked('alerts: { EphemeralPortsExhaustion: { warning: 0.95, critical: 0.5 } }'),
    ).toContain('expected warning below critical');
  });

  story('are refused by a reload too', async ({ daemon, write, threshold }) => {
    write(configWith(0.6, HISTORY));
    await daemon.until('it is refused', () =>
      Promise.resolve(daemon.stderr.includes('the last good one stays in force')),
    );
    await daemon.nextPoll();
    expect(await threshold()).toBe(0.7);
    expect(daemon.stderr).not.toContain('the sampler died');
  });
});

describe('a file that is no file', () => {
  story('a named pipe is refused, and holds nothing up', async ({ daemon, path, write }) => {
    const pipe = join(dirname(path), 'pipe');
    execFileSync('mkfifo', [pipe]);
    renameSync(pipe, path);
    await daemon.until('it is refused', () =>
      Promise.resolve(daemon.stderr.includes('config.yaml: expected a regular file')),
    );
    await daemon.nextPoll();
    rmSync(path);
    write(configWith(0.6));
    await daemon.until('it is read again', () =>
      Promise.resolve(daemon.stderr.includes('configuration reloaded')),
    );
    rmSync(path);
    execFileSync('mkfifo', [path]);
    daemon.process.kill('SIGHUP');
    expect(await daemon.stop('SIGTERM')).toBe(0);
  });

  story('one of a megabyte of keys holds nothing up', async ({ daemon, write }) => {
    const keys = Array.from({ length: 60_000 }, (_, index) => `unknown${index}: 1\n`).join('');
    write(keys);
    let slowest = 0;
    await daemon.until('it is refused', async () => {
      const start = performance.now();
      expect((await daemon.get('/-/healthy')).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - start);
      return daemon.stderr.includes('the last good one stays in force');
    });
    expect(slowest).toBeLessThan(1000);
  });

  story('one of two megabytes is refused', async ({ daemon, write }) => {
    write('# much\n'.repeat(300_000));
    await daemon.until('it is refused', () =>
      Promise.resolve(daemon.stderr.includes('config.yaml: expected 1048576 bytes at most')),
    );
  });

  story('one that would take all memory is refused', async ({ daemon, write, threshold }) => {
    write(`a: ${'['.repeat(500_000)}`);
    await daemon.until('it is refused', () =>
      Promise.resolve(daemon.stderr.includes('the last good one stays in force')),
    );
    await daemon.nextPoll();
    expect(await threshold()).toBe(0.7);
  });
});

describe('a change of the file', () => {
  story('that empties it first brings no defaults in force', async (each) => {
    const { daemon, write, threshold } = each;
    write('');
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await threshold()).toBe(0.7);
      await sleep(100);
    }
    write(configWith(0.6));
    await daemon.until('the threshold is new', async () => (await threshold()) === 0.6);
    expect(daemon.stderr.match(/configuration reloaded/g)).toHaveLength(1);
  });

  story('is reported once, whoever else asks for it', async ({ daemon, write, threshold }) => {
    write(configWith(0.6));
    daemon.process.kill('SIGHUP');
    await daemon.until('the threshold is new', async () => (await threshold()) === 0.6);
    await sleep(1500);
    expect(daemon.stderr.match(/configuration reloaded/g)).toHaveLength(1);
  });

  story('to the same content is none', async ({ daemon, write }) => {
    write(configWith(0.7));
    await sleep(1500);
    expect(daemon.stderr).not.toContain('configuration reloaded');
  });

  story('back to what was good is one', async ({ daemon, write }) => {
    write(configWith(70));
    await daemon.until('it is refused', () =>
      Promise.resolve(daemon.stderr.includes('the last good one stays in force')),
    );
    write(configWith(0.7));
    await daemon.until('it is good again', async () => {
      return (await daemon.metrics()).value('config_last_reload_successful') === 1;
    });
  });
});

test('what the sampler cannot put in force is not in force', () =>
  inNetwork(async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'epe-reload-')), 'config.yaml');
    writeFileSync(path, configWith(0.7));
    const refuses = `if (isSampler) {
      const Array16 = globalThis.Uint16Array;
      globalThis.Uint16Array = class extends Array16 {
        constructor(length) {
          if (length > 3e6) throw new RangeError('Array buffer allocation failed');
          super(length);
        }
      };
    }`;
    const daemon = await Daemon.startBy(withDefect(refuses), `--config.file=${path}`);
    writeFileSync(path, configWith(0.6, 'history: { window: 15m }'));
    await daemon.until('it is refused', () =>
      Promise.resolve(daemon.stderr.includes('in force: Array buffer allocation failed')),
    );
    const page = await daemon.nextPoll();
    expect(page.value('alert_threshold_ratio', LABELS)).toBe(0.7);
    expect(page.value('config_last_reload_successful')).toBe(0);
    expect(daemon.stderr).not.toContain('the sampler died');
    await daemon.stop();
  }));
