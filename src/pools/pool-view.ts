import type { PoolKind, PoolUsage } from './pool.ts';

/**
 * What history, alerts and ranking need of one pool at one poll, in ports. One object is filled by `measure` for
 * each pool in turn, so that thousands of pools need no object each.
 */
export class PoolCounts {
  /** Ports the pool could give with nothing held. */
  capacity = 0;
  /** Ports its sockets occupy, TIME_WAIT included. */
  held = 0;
  /** Ports of the capacity that the kernel would refuse now: capacity − available. */
  taken = 0;
  /** Taken ports in TIME_WAIT, which come back when their timer ends. */
  returning = 0;
  /** Held ports by socket state; those of other states are the rest of `held`. */
  established = 0;
  synSent = 0;
  timeWait = 0;
  closeWait = 0;
  /** The first pass; its size is 0 where the pool has none. */
  firstPassSize = 0;
  firstPassTaken = 0;
  /** Connections that were opened since the last poll, as far as is proved; 0 for other kinds than `connect`. */
  opened = 0;
  /** Calls that were refused in the last minute. */
  failures = 0;
  /** Whether one was in the last ten minutes. */
  hasFailed = false;
}

/**
 * The pools of one kind in one namespace, counted at one poll; valid until the next poll begins. They are
 * numbered from 0 to `size` − 1; some of them may hold nothing.
 */
export interface PoolView {
  readonly kind: PoolKind;
  /** Whether the namespace uses the kind at all; where it does not, the kind has no series. */
  readonly inUse: boolean;
  readonly size: number;
  /** Ports that one pool can use. */
  readonly capacity: number;
  /** Ports of the range, not reserved, that no pool of the kind can use because a `bind()` owns them. */
  readonly blocked: number;
  /** Pools that hold a port. */
  readonly holding: number;
  /** Ports held, summed over all pools. */
  readonly held: number;
  /** Of the fullest pool; 0 where there is none, 1 where there is no capacity for any. */
  readonly worstUsageRatio: number;
  /** Ports that pool `index` holds. */
  heldAt(index: number): number;
  /** Ports that pool `index` holds and that a `bind()` owns: see `PoolUsage.bound`. */
  boundAt(index: number): number;
  /** Ports of pool `index` that the kernel would refuse: capacity − available. */
  takenAt(index: number): number;
  /** The ticket under which the history follows pool `index`, kept from poll to poll; 0 where it is not followed. */
  ticketAt(index: number): number;
  setTicket(index: number, ticket: number): void;
  /** Whether a call was refused in the last ten minutes for lack of a port of pool `index`. */
  hasFailedAt(index: number): boolean;
  /** Whether pool `index` may have endpoint series: as `PoolKindEntry.isExported` says of it. */
  isExportedAt(index: number): boolean;
  /** Fills `into` with the numbers of pool `index`. */
  measure(index: number, into: PoolCounts): void;
  /** Everything about pool `index`, as a new object. */
  usageAt(index: number): PoolUsage;
}
