import type { PoolUsage } from '../pools/pool.ts';
import type { NamespaceSnapshot, SctpSnapshot } from '../snapshot/snapshot.ts';
import type { Point } from './family.ts';

/**
 * The sample of a namespace family for SCTP. Few hosts use it, and a kernel that has it shows it in every
 * namespace: only those that use it, or did so lately, have samples.
 */
export function sctpPoint(
  { sctp }: NamespaceSnapshot,
  value: (sctp: SctpSnapshot) => number,
): readonly Point[] {
  if (sctp === undefined || !(sctp.inUse || sctp.exported.length > 0)) return [];
  return [{ value: value(sctp), labels: { protocol: 'sctp' } }];
}

/** 1 where the pool holds a port or has series, for its window is not over. */
export function aliveSctp({ pool, exported }: SctpSnapshot): number {
  return Number(pool.held > 0 || exported.length > 0);
}

/** The pool where it holds a port and has no series of its own. */
export function omittedSctp({ pool, exported }: SctpSnapshot): readonly PoolUsage[] {
  return pool.held > 0 && exported.length === 0 ? [pool] : [];
}
