import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.ts';
import { Client } from './client.ts';
import { Exporter, pollMsOf, sourceOf } from './exporter.ts';
import { ms, type Question } from './question.ts';
import { median, quantile } from './rounds.ts';

export interface Load {
  readonly endpoints: number;
  readonly scrapers: number;
  readonly requestsPerSecond: number;
}

const RUNS = 3;
const SECONDS = 20;
export const PORT = 9065;
const PLAIN_PORT = 9066;

/**
 * Other namespaces that this machine may have would be read too: where they cannot be entered, each by a read of /proc/net/tcp,
 * which lets no other thread have its processor while the kernel walks past all sockets.
 */
export const ONLY_HERE = 'namespaces: { discover: off }\n';

/**
 * How long a scrape takes while the sampler is busy: a poll a second, or as many as it can do. Beside it, in turn, the same
 * scrapes of a server that does nothing but answer.
 */
export function scrapeLatency(load: Load, wanted: number, source: string): Question {
  const { endpoints, scrapers, requestsPerSecond } = load;
  return {
    id: `scrape-${endpoints}`,
    question: `\`/metrics\` p99 (gzip), ${endpoints} exported endpoints, ${scrapers} × keep-alive, ${requestsPerSecond} requests/s, while 800k sockets are being polled, against a server that only sends as many bytes`,
    wanted: `≤ ${wanted} ms`,
    answer: async (grounds) => {
      await grounds.enter('800k-in-flight');
      const config = `--config.file=${exportBest(endpoints, ONLY_HERE)}`;
      const exporter = new Exporter([config, '--poll.interval=1s', `--poll.source=${source}`]);
      const page = await exporter.polls(3);
      const exported = page.samples.filter(({ name }) => name === 'ephemeral_ports_endpoint_held');
      const { body } = await exporter.client.scrape();
      const plain = Child.script('plain-server', { port: PLAIN_PORT, bytes: body.length });
      await plain.ask('listen');
      const [runs, floors]: [number[][], number[][]] = [[], []];
      for (let run = 0; run < RUNS; run += 1) {
        runs.push(await bombard(load));
        floors.push(await bombard(load, PLAIN_PORT));
      }
      const last = await exporter.page();
      await plain.end();
      await exporter.stop();
      const p99 = p99Of(runs);
      const medians = `${ms(median(runs.flat()))} : ${ms(median(floors.flat()))}`;
      return {
        measured: `${ms(p99)} : ${ms(p99Of(floors))}, medians ${medians} (${exported.length} exported; a poll by ${sourceOf(page)} takes ${ms(pollMsOf(last))})`,
        ratio: '',
        reached: p99 <= wanted,
      };
    },
  };
}

/** The median over all runs. */
export function p99Of(runs: readonly (readonly number[])[]): number {
  return median(runs.map((run) => quantile(run, 0.99)));
}

/** A configuration under which the `limit` fullest endpoints are exported, however little they use. */
export function exportBest(limit: number, more = ''): string {
  const path = resolve(`.cache/bench/export-${limit}.yaml`);
  const endpoints = `endpoints: { limit: ${limit}, limit_at_risk: ${limit}, min_ratio: 0 }\n`;
  writeFileSync(path, endpoints + more);
  return path;
}

/** The latency of each scrape of all scrapers. */
export async function bombard(
  { scrapers, requestsPerSecond }: Load,
  port = PORT,
): Promise<number[]> {
  const periodMs = (1000 * scrapers) / requestsPerSecond;
  const beginMs = performance.now() + 500;
  const samples = await Promise.all(
    Array.from({ length: scrapers }, (_, index) =>
      scrapeRegularly(port, beginMs + (index * periodMs) / scrapers, periodMs),
    ),
  );
  return samples.flat();
}

/** One scraper. Its first scrape opens the connection, and does not count. */
async function scrapeRegularly(port: number, beginMs: number, periodMs: number): Promise<number[]> {
  const client = new Client(port);
  await client.scrape();
  const samples: number[] = [];
  for (let dueMs = beginMs; dueMs < beginMs + SECONDS * 1000; dueMs += periodMs) {
    await sleep(Math.max(0, dueMs - performance.now()));
    const { status, milliseconds } = await client.scrape();
    if (status !== 200) throw new Error(`a scrape was answered ${status}`);
    samples.push(milliseconds);
  }
  client.close();
  return samples;
}
