import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../support/daemon.ts';
import type { Findings } from './findings.ts';
import type { Scrapes } from './scrapes.ts';

const EVERY_MS = 500;
/** A fifth of the run is not compared, and no less than this, in which V8 makes room; of a short run half. */
const WARM_UP_MS = 60_000;
const MEBIBYTE = 1_048_576;

/** What may not grow: its name, and by how much it may differ all the same. Chosen: garbage comes and goes. */
export const VITALS = [
  { name: 'resident memory', unit: 'MiB', allowed: 32 },
  { name: 'heap in use', unit: 'MiB', allowed: 12 },
  { name: 'descriptors', unit: '', allowed: 4 },
  { name: 'threads', unit: '', allowed: 1 },
] as const;

export interface Vital {
  readonly name: string;
  readonly unit: string;
  readonly allowed: number;
  readonly first: number;
  readonly last: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The memory, descriptors and threads of the daemon's process, twice a second. */
export class Vitals {
  readonly #pid: number;
  readonly #daemon: Daemon;
  readonly #scrapes: Scrapes;
  readonly #findings: Findings;
  readonly #samples: (readonly number[])[] = [];

  constructor(pid: number, daemon: Daemon, scrapes: Scrapes, findings: Findings) {
    this.#pid = pid;
    this.#daemon = daemon;
    this.#scrapes = scrapes;
    this.#findings = findings;
  }

  /** Ends early where the daemon does. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (this.#daemon.process.exitCode !== null) {
        this.#findings.add(`the exporter ended: ${this.#daemon.stderr.slice(-2000)}`);
        return;
      }
      this.#samples.push(this.#sample());
      await sleep(EVERY_MS);
    }
  }

  /**
   * Compares the first tenth after the warm-up with the last tenth: of each the lowest value, because in the midst of a poll
   * there are more descriptors, and before a garbage collection more memory.
   */
  compared(): readonly Vital[] {
    const all = this.#samples.length;
    const warmUp = Math.min(all / 2, Math.max(all / 5, WARM_UP_MS / EVERY_MS));
    const warm = this.#samples.slice(Math.floor(warmUp));
    const tenth = Math.max(1, Math.floor(warm.length / 10));
    return VITALS.map((vital, index) => {
      const values = warm.map((sample) => sample[index] ?? Number.NaN);
      return {
        ...vital,
        first: Math.min(...values.slice(0, tenth)),
        last: Math.min(...values.slice(-tenth)),
        lowest: Math.min(...values),
        highest: Math.max(...values),
      };
    });
  }

  /** Adds what has grown to the findings. */
  judge(): void {
    for (const { name, first, last, allowed } of this.compared()) {
      if (!(last - first <= allowed))
        this.#findings.add(`${name}: ${first} at first, ${last} at the end`);
    }
  }

  #sample(): readonly number[] {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    return [
      field('VmRSS') / 1024,
      this.#heapBytes() / MEBIBYTE,
      readdirSync(`/proc/${this.#pid}/fd`).length,
      field('Threads'),
    ];
  }

  #heapBytes(): number {
    const name = 'nodejs_heap_size_used_bytes';
    const found = this.#scrapes.page.samples.find((sample) => sample.name === name);
    return found?.value ?? Number.NaN;
  }
}
