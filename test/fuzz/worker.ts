import { parentPort, workerData } from 'node:worker_threads';
import { inputOf } from './inputs.ts';
import { findIn } from './target.ts';
import { TARGETS } from './targets.ts';

/** What a worker is told. */
export interface Orders {
  readonly seed: number;
  readonly untilMs: number;
  /** The target and the input that are being tried, for the main thread to see when nothing goes on. */
  readonly progress: Int32Array;
}

/** What it reports of one target. */
export interface Report {
  readonly target: string;
  readonly inputs: number;
  readonly slowestMs: number;
  readonly finds: readonly Find[];
}

export interface Find {
  readonly index: number;
  readonly problem: string;
  readonly input: string;
}

/** How long a target has its turn. Chosen: long against the clock's own cost, short against a run. */
const TURN_MS = 20;
/** Finds that are kept of each target. */
const MAX_FINDS = 5;

/** The message, and where it was thrown. */
function problemOf(found: unknown): string {
  if (!(found instanceof Error)) return String(found);
  const [, place = ''] = /\n\s+at (.*)/.exec(found.stack ?? '') ?? [];
  return `${found.name}: ${found.message} (${place.replace(/file:.*fuzz-js\//, '')})`;
}

class Turn {
  readonly #number: number;
  inputs = 0;
  slowestMs = 0;
  readonly finds: Find[] = [];

  constructor(number: number) {
    this.#number = number;
  }

  take({ seed, progress }: Orders): void {
    const target = TARGETS[this.#number];
    if (target === undefined) return;
    progress[0] = this.#number;
    const end = performance.now() + TURN_MS;
    let before = performance.now();
    while (before < end) {
      progress[1] = this.inputs;
      const input = inputOf(target.seeds, seed, this.inputs);
      const found = findIn(target, input);
      if (found !== undefined && this.finds.length < MAX_FINDS) {
        const problem = problemOf(found);
        this.finds.push({ index: this.inputs, problem, input: input.toString('base64') });
      }
      this.inputs += 1;
      const after = performance.now();
      this.slowestMs = Math.max(this.slowestMs, after - before);
      before = after;
    }
  }
}

const orders = workerData as Orders;
const turns = TARGETS.map((_target, number) => new Turn(number));
while (Date.now() < orders.untilMs) for (const turn of turns) turn.take(orders);
const reports: readonly Report[] = turns.map(({ inputs, slowestMs, finds }, number) => {
  return { target: TARGETS[number]?.name ?? '', inputs, slowestMs, finds };
});
parentPort?.postMessage(reports);
