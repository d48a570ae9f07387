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

/** When the endpoint was scraped, in seconds, and how many series it had each time. */
async function scrapes(): Promise<{ times: number[]; series: number }> {
  const expression = `ephemeral_ports_endpoint_held${ENDPOINT}[5m]`;
  const { body } = await request(9090, `/api/v1/query?query=${encodeURIComponent(expression)}`);
  const answer = JSON.parse(body.toString()) as {
    data: { result: { values: [number, string][] }[] };
  };
  const [only] = answer.data.result;
  const times = (only?.values ?? []).map(([time]) => time);
  return { times, series: answer.data.result.length };
}

test.skipIf(reason !== undefined)(
  'across reload and restart no series is doubled and no endpoint missing for more than two scrapes',
  // On a machine with much else to do, a start may take longer than a scrape.
  { retry: 2 },
  () =>
    inNetwork(async (network) => {
      busy(network);
      let daemon = await Daemon.start();
      await daemon.nextPoll();
      await withPrometheus(async () => {
        await answerOf(`ephemeral_ports_endpoint_held${ENDPOINT}`);
        for (let turn = 0; turn < 3; turn += 1) {
          daemon.process.kill('SIGHUP');
          await sleep(3000);
          await daemon.stop('SIGTERM');
          daemon = await Daemon.start();
          await sleep(3000);
        }
        const { times, series } = await scrapes();
        const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
        expect(series).toBe(1);
        expect(times.length).toBeGreaterThan(12);
        expect(Math.max(...gaps)).toBeLessThan(3.5);
      });
      await daemon.stop('SIGKILL');
    }),
);
