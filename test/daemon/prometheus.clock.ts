import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Daemon, request } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { inNetwork } from '../support/scenario.ts';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';

const reason = missing(['prometheus', 'prometheus']);

function busy(network: Network): void {
  network.listen('127.0.0.1', 80);
  for (let open = 0; open < 60; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
}

const CONFIG = `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: ephemeral-ports
    static_configs: [{ targets: ['127.0.0.1:9065'] }]
`;

interface QueryAnswer {
  readonly data: { readonly result: { readonly value: [number, string] }[] };
}

async function query(expression: string): Promise<string[]> {
  const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
  const { body } = await request(9090, path);
  const answer = JSON.parse(body.toString()) as QueryAnswer;
  return answer.data.result.map(({ value }) => value[1]);
}

/** Asks again until there is an answer, for 30 s at most. */
async function answerOf(expression: string): Promise<string[]> {
  for (let tries = 0; tries < 150; tries += 1) {
    const found = await query(expression).catch(() => []);
    if (found.length > 0) return found;
    await sleep(200);
  }
  return [];
}

/** A real Prometheus that scrapes the daemon each second, in the namespace that this thread is in. */
async function withPrometheus(body: () => Promise<void>): Promise<void> {
  const prometheus = spawn(
    tool('prometheus', 'prometheus'),
    [
      `--config.file=${temporaryFile('prometheus.yml', CONFIG)}`,
      `--storage.tsdb.path=${mkdtempSync(join(tmpdir(), 'epe-tsdb-'))}`,
      '--web.listen-address=127.0.0.1:9090',
    ],
    { stdio: 'ignore' },
  );
  try {
    await body();
  } finally {
    prometheus.kill('SIGKILL');
  }
}

const ENDPOINT = '{remote_address="127.0.0.1",remote_port="80"}';

test.skipIf(reason !== undefined)('a real Prometheus scrapes it', () =>
  inNetwork(async (network) => {
    busy(network);
    const daemon = await Daemon.start();
    await daemon.nextPoll();
    await withPrometheus(async () => {
      expect(await answerOf('up == 1')).toEqual(['1']);
      expect(await answerOf('ephemeral_ports_capacity{protocol="tcp"}')).toEqual(['100']);
      expect(await answerOf(`ephemeral_ports_endpoint_held${ENDPOINT}`)).toEqual(['60']);
      expect(await answerOf(`ephemeral_ports_endpoint_available${ENDPOINT}`)).toEqual(['40']);
    });
    await daemon.stop('SIGKILL');
  }),
);

/** The samples of a series that were scraped in the last minutes: seconds and value. */
async function samples(series: string): Promise<[number, string][]> {
  const path = `/api/v1/query?query=${encodeURIComponent(`${series}[5m]`)}`;
  const { body } = await request(9090, path);
  const answer = JSON.parse(body.toString()) as {
    data: { result: { values: [number, string][] }[] };
  };
  expect(answer.data.result, series).toHaveLength(1);
  return answer.data.result[0]?.values ?? [];
}

/** The longest run of members for which `is` holds. */
function longestRun<T>(all: readonly T[], is: (each: T) => boolean): number {
  let [longest, run] = [0, 0];
  for (const each of all) {
    run = is(each) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

test.skipIf(reason !== undefined)(
  'across reload and restart no series is doubled and no endpoint missing for more than two scrapes',
  () =>
    inNetwork(async (network) => {
      busy(network);
      let daemon = await Daemon.start();
      await daemon.nextPoll();
      await withPrometheus(async () => {
        const held = `ephemeral_ports_endpoint_held${ENDPOINT}`;
        await answerOf(held);
        let longestDownSeconds = 0;
        for (let turn = 0; turn < 3; turn += 1) {
          daemon.process.kill('SIGHUP');
          await sleep(3000);
          const stoppedAtMs = performance.now();
          await daemon.stop('SIGTERM');
          daemon = await Daemon.start();
          const downSeconds = (performance.now() - stoppedAtMs) / 1000;
          longestDownSeconds = Math.max(longestDownSeconds, downSeconds);
          await sleep(3000);
        }
        const scrapes = await samples('up');
        const withEndpoint = new Set((await samples(held)).map(([time]) => time));
        const first = Math.min(...withEndpoint);
        const since = scrapes.filter(([time]) => time >= first);
        expect(withEndpoint.size).toBeGreaterThan(12);
        const answeredWithout = longestRun(
          since,
          ([time, up]) => up === '1' && !withEndpoint.has(time),
        );
        expect(answeredWithout).toBeLessThanOrEqual(2);
        // While the daemon stops and starts nobody can be asked, and that takes as long as the machine is busy.
        const unanswered = longestRun(since, ([, up]) => up === '0');
        expect(unanswered).toBeLessThanOrEqual(Math.ceil(longestDownSeconds) + 1);
      });
      await daemon.stop('SIGKILL');
    }),
);
