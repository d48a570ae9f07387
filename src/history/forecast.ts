import { RETURN_SECONDS, type PoolUsage } from '../pools/pool.ts';
import { TIME_WAIT_SECONDS } from '../pools/census/time-wait.ts';
import { robustSlope, type Sample, SLOPE_SAMPLES } from './robust-slope.ts';

/** A pool's recent past, oldest first, all taken at the same moments. */
export interface Past {
  /** Ports that were not available. */
  readonly used: readonly Sample[];
  /** Those of them that were not in a TIME_WAIT that ends by itself. */
  readonly live: readonly Sample[];
}

/** What would take longer than this is not heading there. */
const HORIZON_SECONDS = 86_400;

/** After this long all TIME_WAITs have been replaced once, and a slope of a minute shows their trend. */
const SETTLED_SECONDS = 2 * TIME_WAIT_SECONDS + 5;

/**
 * Seconds until the pool has no port left: 0 when it has none, infinite while it is not heading there,
 * undefined while there are too few samples.
 *
 * The live ports go on along their slope. TIME_WAITs need no guess: when each of them ends is known, and
 * new ones come as fast as they came lately.
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

/** Whether there have been as many TIME_WAITs for so long that their number follows a trend like any other. */
function isSettled({ returning }: PoolUsage, { used, live }: Past): boolean {
  const waiting = used.map(({ value }, index) => value - (live[index]?.value ?? 0));
  const settled = Math.min(...waiting) >= sum(returning) / 2;
  return settled && (sum(returning) === 0 || spanSeconds(used) >= SETTLED_SECONDS);
}

/** The middle one of the last three tens of seconds: a single burst is no rate. */
function closesPerSecond({ returning }: PoolUsage, { used }: Past): number {
  const youngest = returning.slice(-4, -1).toSorted((a, b) => a - b);
  const rate = (youngest[1] ?? 0) / RETURN_SECONDS;
  const warmingUp = sum(returning) / Math.max(1, Math.min(TIME_WAIT_SECONDS, spanSeconds(used)));
  return spanSeconds(used) < 3 * RETURN_SECONDS ? warmingUp : rate;
}

/** Walks through the tens of seconds in which TIME_WAITs end, then on along the slope of the live ports. */
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
