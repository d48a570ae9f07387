import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from './daemon.ts';
import { temporaryFile } from './exporter.ts';
import { tool } from '../../deploy/demo/lab/tools.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Row {
  readonly labels: Labels;
  readonly value: number;
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

interface Results {
  readonly result: readonly {
    readonly metric: Labels;
    readonly value?: readonly [number, string];
    readonly values?: readonly (readonly [number, string])[];
  }[];
}

const PORT = 9090;

/** A real Prometheus in the network namespace that this thread is in. */
export class Prometheus {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Ready when it answers. */
  static async start(config: string): Promise<Prometheus> {
    const child = spawn(
      tool('prometheus', 'prometheus'),
      [
        `--config.file=${temporaryFile('prometheus.yml', config)}`,
        `--storage.tsdb.path=${mkdtempSync(join(tmpdir(), 'epe-tsdb-'))}`,
        `--web.listen-address=127.0.0.1:${PORT}`,
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new Prometheus(child);
    await prometheus.untilAnswer('vector(1)');
    return prometheus;
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }

  async instant(expression: string): Promise<readonly Row[]> {
    const { result } = await this.#get<Results>('query', [['query', expression]]);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1]) }));
  }

  /** The last value of each series within the last `seconds`, a step each second. */
  async range(expression: string, seconds: number): Promise<readonly Row[]> {
    const now = Math.floor(Date.now() / 1000);
    const { result } = await this.#get<Results>('query_range', [
      ['query', expression],
      ['start', String(now - seconds)],
      ['end', String(now)],
      ['step', '1'],
    ]);
    return result.map(({ metric, values }) => ({
      labels: metric,
      value: Number(values?.at(-1)?.[1]),
    }));
  }

  /** Throws where the syntax is wrong. */
  formatted(expression: string): Promise<string> {
    return this.#get<string>('format_query', [['query', expression]]);
  }

  labelValues(label: string, selector?: string): Promise<readonly string[]> {
    const match: [string, string][] = selector === undefined ? [] : [['match[]', selector]];
    return this.#get<readonly string[]>(`label/${label}/values`, match);
  }

  /** Asks again until there is data, for a minute at most. */
  async untilAnswer(expression: string): Promise<void> {
    for (let tries = 0; tries < 300; tries += 1) {
      if ((await this.instant(expression).catch(() => [])).length > 0) return;
      await sleep(200);
    }
    throw new Error(`waited in vain for ${expression}`);
  }

  async #get<T>(path: string, parameters: [string, string][]): Promise<T> {
    const query = new URLSearchParams(parameters).toString();
    const { body } = await request(PORT, `/api/v1/${path}?${query}`);
    const answer = JSON.parse(body.toString()) as Answer<T>;
    if (answer.status !== 'success') throw new Error(answer.error ?? 'no success');
    return answer.data;
  }
}
