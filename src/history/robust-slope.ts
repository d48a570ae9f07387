/** One sample of a series; `seconds` is monotonic. */
export interface Sample {
  readonly seconds: number;
  readonly value: number;
}

/**
 * The slope is that of the last minute, and of no fewer samples than this: a minute at the default interval of 5 s. With
 * fewer there is no forecast.
 */
export const SLOPE_SECONDS = 60;
export const SLOPE_SAMPLES = 12;

/*
 * The three shares below were chosen so that the recorded traces of real clients (test/history/traces) give a forecast
 * where ports leak and none where load is steady, periodic or comes in bursts.
 */

/** A trend: of all pairs of samples, the share that rises is larger than the share that falls by at least this. */
const TREND = 0.5;

/** A burst and no trend: a single step makes up more than this share of the rise. */
const BURST = 0.7;

/** A periodic series: in two minutes it also fell, by more than this share of the last minute's rise. */
const PERIODIC_FALL = 0.3;

/**
 * How fast a series rises, per second; 0 where it does not: the median slope of all pairs of samples in the last minute
 * (the Theil–Sen estimator), so that a single burst is no trend. A series that also falls, as a sawtooth does, rises only
 * as fast as its minima and maxima do from one minute to the next.
 *
 * `samples` are in order of time.
 */
export function robustSlope(samples: readonly Sample[]): number {
  const recent = lastMinutes(samples, 1);
  const slope = medianSlope(recent);
  const rise = (recent.at(-1)?.value ?? 0) - Math.min(...values(recent));
  if (slope <= 0 || highestStep(recent) > BURST * rise) return 0;
  const wider = lastMinutes(samples, 2);
  return deepestFall(wider) > PERIODIC_FALL * rise ? envelopeSlope(wider) : slope;
}

/** The samples of the last `minutes`, or as many more as a slow interval needs. */
function lastMinutes(samples: readonly Sample[], minutes: number): readonly Sample[] {
  const last = samples.at(-1)?.seconds ?? 0;
  const from = samples.findIndex(({ seconds }) => last - seconds <= minutes * SLOPE_SECONDS);
  return samples.slice(Math.min(from, Math.max(0, samples.length - minutes * SLOPE_SAMPLES)));
}

function values(samples: readonly Sample[]): readonly number[] {
  return samples.map((sample) => sample.value);
}

/** 0 where too few pairs rise. The slopes are computed only where the pairs show a trend: most series show none. */
function medianSlope(samples: readonly Sample[]): number {
  const pairs = (samples.length * (samples.length - 1)) / 2;
  if (pairs === 0 || balance(samples) < TREND * pairs) return 0;
  const slopes = slopesOfPairs(samples, pairs).sort();
  return slopes[Math.floor(pairs / 2)] ?? 0;
}

/** How many more pairs of samples rise than fall. */
function balance(samples: readonly Sample[]): number {
  const series = Float64Array.from(samples, ({ value }) => value);
  let sum = 0;
  for (let late = 1; late < series.length; late += 1) {
    const value = series[late] ?? 0;
    for (let early = 0; early < late; early += 1) sum += Math.sign(value - (series[early] ?? 0));
  }
  return sum;
}

/** The slopes of all pairs of samples, per second. */
function slopesOfPairs(samples: readonly Sample[], pairs: number): Float64Array {
  const slopes = new Float64Array(pairs);
  let at = 0;
  for (const [index, late] of samples.entries()) {
    for (const early of samples.slice(0, index)) {
      slopes[at] = (late.value - early.value) / (late.seconds - early.seconds);
      at += 1;
    }
  }
  return slopes;
}

/** The most that the series gained from one sample to the next. */
function highestStep(samples: readonly Sample[]): number {
  const steps = samples.slice(1).map(({ value }, index) => value - (samples[index]?.value ?? 0));
  return Math.max(0, ...steps);
}

/** The most that the series lost from one sample to any later one. */
function deepestFall(samples: readonly Sample[]): number {
  let highest = Number.NEGATIVE_INFINITY;
  let deepest = 0;
  for (const { value } of samples) {
    highest = Math.max(highest, value);
    deepest = Math.max(deepest, highest - value);
  }
  return deepest;
}

/** How fast the minima and the maxima rise from the first half of the samples to the second. */
function envelopeSlope(samples: readonly Sample[]): number {
  const half = Math.floor(samples.length / 2);
  const [first, second] = [samples.slice(0, half), samples.slice(half)];
  const seconds = (second[0]?.seconds ?? 0) - (first[0]?.seconds ?? 0);
  if (seconds <= 0) return 0;
  const floor = Math.min(...values(second)) - Math.min(...values(first));
  const ceiling = Math.max(...values(second)) - Math.max(...values(first));
  return Math.max(0, Math.min(floor, ceiling) / seconds);
}
