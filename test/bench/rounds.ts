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
export function compare(start: () => Promise<Pair>, rounds = ROUNDS): Promise<Comparison> {
  return medianRun(async () => oneRun(await start(), rounds));
}

/** Does `run` several times; the run of the median ratio, with the ratio of each. */
export async function medianRun<T extends { readonly ratio: number }>(
  run: () => Promise<T>,
): Promise<T & { readonly ratios: readonly number[] }> {
  const runs: T[] = [];
  while (runs.length < RUNS) runs.push(await run());
  const ordered = runs.toSorted((a, b) => a.ratio - b.ratio);
  const middle = ordered[RUNS >> 1];
  if (middle === undefined) throw new Error('no run');
  return { ...middle, ratios: ordered.map(({ ratio }) => ratio) };
}

/** Does the sides in turn, A B C A B C…; what each gave in the rounds that count. */
export async function takeTurns<T>(
  sides: readonly (() => Promise<T>)[],
  rounds = ROUNDS,
): Promise<readonly (readonly T[])[]> {
  const results = sides.map((side) => ({ side, all: [] as T[] }));
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    for (const { side, all } of results) all.push(await side());
  }
  return results.map(({ all }) => all.slice(WARM_UP));
}

async function oneRun({ sides, end }: Pair, rounds: number) {
  const [firsts = [], seconds = []] = await takeTurns(sides, rounds);
  await end();
  const medians = [median(firsts), median(seconds)] as const;
  return { medians, means: [mean(firsts), mean(seconds)] as const, ratio: medians[0] / medians[1] };
}

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
