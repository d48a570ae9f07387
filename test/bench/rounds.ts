/** One of two things that are measured side by side: does it once, and says how long it took. */
export type Side = () => Promise<number>;

export interface Pair {
  readonly sides: readonly [Side, Side];
  readonly end: () => Promise<void>;
}

/** Two medians in milliseconds and their ratio. */
export interface Comparison {
  readonly medians: readonly [number, number];
  /** What is done once in a while is in these. */
  readonly means: readonly [number, number];
  readonly ratio: number;
  /** The ratio in each run. */
  readonly ratios: readonly number[];
}

/** Before the compiler has seen enough, and before buffers have grown, nothing is counted. */
const WARM_UP = 2;
const ROUNDS = 7;
const RUNS = 3;

/** Measures A B A B… in several runs, each with processes of its own; the run of the median ratio. */
export async function compare(start: () => Promise<Pair>, rounds = ROUNDS): Promise<Comparison> {
  const runs: Omit<Comparison, 'ratios'>[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await oneRun(await start(), rounds));
  const ordered = runs.toSorted((a, b) => a.ratio - b.ratio);
  const middle = ordered[RUNS >> 1] ?? NOTHING;
  return { ...middle, ratios: ordered.map(({ ratio }) => ratio) };
}

async function oneRun({ sides: [first, second], end }: Pair, rounds: number) {
  const firsts: number[] = [];
  const seconds: number[] = [];
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    firsts.push(await first());
    seconds.push(await second());
  }
  await end();
  const [counted, others] = [firsts.slice(WARM_UP), seconds.slice(WARM_UP)];
  const medians = [median(counted), median(others)] as const;
  return { medians, means: [mean(counted), mean(others)] as const, ratio: medians[0] / medians[1] };
}

const NONE = [Number.NaN, Number.NaN] as const;
const NOTHING = { medians: NONE, means: NONE, ratio: Number.NaN };

/** Does `work`, and says how many milliseconds it took. */
export function timed(work: () => unknown): () => number {
  return () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that is not below the share `q` of all. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
