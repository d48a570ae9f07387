import type { NamespaceReading } from '../scan/namespace-reader.ts';
import type { Question } from './questions.ts';
import { MAX_QUESTIONS } from './read-rows.ts';
import type { sharesOf } from './shares.ts';
import type { Sightings } from './sightings.ts';

/** A pool whose owners are asked for, from poll to poll. */
export interface AskedPool {
  readonly sightings: Sightings;
  /** When its sockets were last read, and when that was last tried, on the monotonic clock. */
  atMs: number;
  triedMs: number;
  /** Undefined until its sockets were read. */
  shares: ReturnType<typeof sharesOf> | undefined;
  /** Whether the last search for its owners stopped for want of time. */
  isUnfinished: boolean;
}

/** A pool whose sockets can be asked for at this poll. */
export interface DuePool {
  readonly asked: AskedPool;
  readonly question: Question;
  readonly reading: NamespaceReading;
  readonly isAtRisk: boolean;
  /** Whether somebody asks about it. */
  readonly isAskedAbout: boolean;
}

/** How often pools are asked about that are not at risk. Chosen. */
const NOT_AT_RISK_INTERVAL_MS = 60_000;

/**
 * Pools that are asked about in one pass over the sockets of a namespace: those at risk first, then those that were asked
 * about longest ago.
 */
export function batchesOf(pools: readonly DuePool[], nowMs: number): readonly DuePool[][] {
  const due = pools
    .filter(({ isAtRisk, asked }) => isAtRisk || nowMs - asked.triedMs >= NOT_AT_RISK_INTERVAL_MS)
    .toSorted((a, b) => Number(b.isAtRisk) - Number(a.isAtRisk) || triedFirst(a, b));
  const batches: DuePool[][] = [];
  /** By what must be the same for one pass; only the last one of each may have room left. */
  const open = new Map<string, DuePool[]>();
  for (const pool of due) {
    const key = passOf(pool);
    const batch = open.get(key);
    if (batch !== undefined && batch.length < MAX_QUESTIONS) batch.push(pool);
    else {
      const begun = [pool];
      open.set(key, begun);
      batches.push(begun);
    }
  }
  return batches;
}

/** Infinities cannot be subtracted. */
function triedFirst(a: DuePool, b: DuePool): number {
  if (a.asked.triedMs === b.asked.triedMs) return 0;
  return a.asked.triedMs < b.asked.triedMs ? -1 : 1;
}

function passOf({ reading, question: { protocol, condition } }: DuePool): string {
  return `${reading.namespace.id} ${protocol} ${condition === undefined}`;
}
