import { RETURN_SECONDS, type PoolUsage } from '../pools/pool.ts';
import { TIME_WAIT_SECONDS } from '../pools/time-wait.ts';
import { robustSlope, type Sample, SLOPE_SAMPLES } from './robust-slope.ts';

/** A pool's recent samples, oldest first; both series have the same times. Values are ports. */
export interface Past {
  /** Ports that were not available. */
  readonly used: readonly Sample[];
  /** Those of them that were not in TIME_WAIT. */
  readonly live: readonly Sample[];
}

/** An end that is more than a day off counts as none: it is far beyond what a slope of minutes can tell. */
const HORIZON_SECONDS = 86_400;

/**
 * After this long all TIME_WAITs have been replaced once, and the slope of another minute shows their trend. 5 s are
 * added for timer slack and one poll.
 */
const SETTLED_SECONDS = 2 * TIME_WAIT_SECONDS + 5;

/**
 * Seconds until the pool has no port left: 0 when it has none, infinite while it is not heading there,
 * undefined while there are too few samples.
 *
 * The live ports are assumed to go on along their slope. TIME_WAITs need no slope: when each of them ends is known, and
 * new ones are assumed to come as fast as in the last 30 s.
 */
export function timeToExhaustion(usage: PoolUsage, readPast: () => Past): number | undefined {
  if (usage.available <= 0) return 0;
  const past = readPast();
  if (past.used.length < SLOPE_SAMPLES) return undefined;
  const seconds = isSettled(usage, past)
    ? usage.available / robustSlope(past.used)
    : untilFull(usage, robustSlope(past.live), closesPerSecond(usage, past));
  return seconds <= HORIZON_SECONDS ? seconds : Number.POSITIVE_INFINITY;
}

/** Whether there have been so many TIME_WAITs for so long that their number can be extrapolated like the live ports. */
function isSettled({ returning }: PoolUsage, { used, live }: Past): boolean {
  const timeWaits = used.map(({ value }, index) => value - (live[index]?.value ?? 0));
  const settled = Math.min(...timeWaits) >= sum(returning) / 2;
  return settled && (sum(returning) === 0 || spanSeconds(used) >= SETTLED_SECONDS);
}

/**
 * Closes per second: the median of the last three full periods, so that a single burst is no rate. Before there are as
 * many samples, the mean since the first one.
 */
function closesPerSecond({ returning }: PoolUsage, { used }: Past): number {
  const youngest = returning.slice(-4, -1).toSorted((a, b) => a - b);
  const rate = (youngest[1] ?? 0) / RETURN_SECONDS;
  const meanRate = sum(returning) / Math.max(1, Math.min(TIME_WAIT_SECONDS, spanSeconds(used)));
  return spanSeconds(used) < 3 * RETURN_SECONDS ? meanRate : rate;
}

/** Seconds until no port is left: period by period while known TIME_WAITs end, then along the slope of the live ports. */
function untilFull({ available, returning }: PoolUsage, slope: number, closes: number): number {
  let left = available;
  for (const [index, back] of returning.entries()) {
    const lost = (slope + closes) * RETURN_SECONDS - back;
    if (lost >= left) return RETURN_SECONDS * (index + left / lost);
    left -= lost;
  }
  return RETURN_SECONDS * returning.length + left / slope;
}

function spanSeconds(samples: readonly Sample[]): number {
  return (samples.at(-1)?.seconds ?? 0) - (samples[0]?.seconds ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
