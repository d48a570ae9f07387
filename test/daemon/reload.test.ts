import { mkdtempSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { run } from '../support/exporter.ts';
import { inNetwork } from '../support/scenario.ts';

const LABELS = { alert: 'EphemeralPortsExhaustion', severity: 'warning' };

const OVERRIDDEN = 'poll.interval of the configuration has no effect: --poll.interval wins';

function configWith(warning: number | string, more = ''): string {
  return `alerts: { EphemeralPortsExhaustion: { warning: ${warning} } }\nnamespaces: { discover: off }\n${more}`;
}

interface Story {
  readonly daemon: Daemon;
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
