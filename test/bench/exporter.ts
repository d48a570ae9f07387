import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { Child } from './child.ts';
import { Client } from './client.ts';
import { PROBE, type PollProbe, type ProbeKind } from './probe.ts';

/** The built program; npm runs scripts in the checkout. */
export const MAIN = resolve('dist/main.js');

const PORT = 9065;

const SCRIPT = new URL('daemon-probe.js', import.meta.url).href;

/** How long a page may be missing: before the first poll, or because the last one is too long ago. */
const PAGE_MS = 300_000;

/** A series that only a poll can fill; its help text is there before. */
const POLLED = /^ephemeral_ports_range_low[ {]/m;

export interface Memory {
  /** Megabytes of 1,000,000 bytes. */
  readonly resident: number;
  /** Without what is shared with the file cache: the program text of Node itself. */
  readonly anonymous: number;
  /** The most that was ever resident. */
  readonly peak: number;
}

/** In what way the program is run, beside its flags. */
export interface ExporterOptions {
  /** The Node.js that runs it. */
  readonly node?: string;
  /** A command that runs the one that follows it, under some bound. */
  readonly under?: readonly string[];
  /** What `daemon-probe.ts` tells of each poll; undefined: it is not there. */
  readonly probe?: ProbeKind;
}

/** The built program as a daemon, on the Node.js at hand or another. */
export class Exporter {
  readonly client = new Client(PORT);
  readonly #child: Child;

  constructor(flags: readonly string[], options: ExporterOptions = {}) {
    const { node = process.execPath, under = [], probe } = options;
    const program = [MAIN, `--web.listen-address=127.0.0.1:${PORT}`, ...flags];
    this.#child =
      probe === undefined
        ? Child.program(...under, node, ...program)
        : Child.talking(...under, 'env', `${PROBE}=${probe}`, node, '--import', SCRIPT, ...program);
  }

  /** False once it has ended, by itself or by the kernel. */
  get running(): boolean {
    return this.#child.running;
  }

  /** What the probe tells of the next poll. */
  async probe(): Promise<PollProbe> {
    return (await this.#child.message()) as PollProbe;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until it has polled; the page then. */
  async page(): Promise<Exposition> {
    const endMs = performance.now() + PAGE_MS;
    while (this.#child.running) {
      if (performance.now() > endMs) throw new Error('no good page, though the exporter runs');
      const text = await this.client.text();
      if (text !== undefined && POLLED.test(text)) return new Exposition(text);
      await sleep(5);
    }
    throw new Error('the exporter ended');
  }

  /** Waits until it has polled `count` times more, or oftener; the page then. */
  async polls(count: number): Promise<Exposition> {
    let page = await this.page();
    for (let seen = 0, last = 0; seen < count;) {
      await sleep(500);
      page = await this.page();
      const polled = page.value('poll_last_success_timestamp_seconds');
      if (polled !== last) seen += 1;
      last = polled;
    }
    return page;
  }

  /** When the last good poll began, in seconds of Unix time; undefined before, and where there is no answer. */
  async lastPollSeconds(): Promise<number | undefined> {
    const text = await this.client.text();
    return text === undefined
      ? undefined
      : new Exposition(text).find('poll_last_success_timestamp_seconds');
  }

  memory(): Memory {
    return memoryOf(this.pid);
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.#child.end();
  }
}

/** The sources that the polls behind a page were read by. */
export function sourceOf(page: Exposition): string {
  const samples = page.samples.filter(({ name }) => name === 'ephemeral_ports_poll_success');
  return samples.map(({ labels }) => labels['source']).join(' and ') || 'unknown';
}

/** How long the last poll took, by all its sources together. */
export function pollMsOf(page: Exposition): number {
  const samples = page.samples.filter(
    ({ name }) => name === 'ephemeral_ports_poll_duration_seconds',
  );
  if (samples.length === 0) throw new Error('no poll has ended');
  return samples.reduce((sum, { value }) => sum + value * 1000, 0);
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { resident: field('VmRSS'), anonymous: field('RssAnon'), peak: field('VmHWM') };
}
