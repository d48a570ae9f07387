import { capacityRatio } from './capacity-ratio.ts';
import type { Family } from '../kernel/address.ts';
import type { PoolFailures } from './failures.ts';

/** Names an entry of the table of kinds (kinds.ts); the value of the label `pool`. */
export type PoolKind = string;

/** The value of the label `protocol`. */
export type Protocol = string;

/** `any` where both families share one budget. */
export type PoolFamily = Family | 'any';

/** The identity of a pool: of an endpoint, or of all sockets of a namespace that need distinct local ports. */
export interface Pool {
  /** The exporter's number for the network namespace; never given twice, unlike the kernel's inode numbers. */
  readonly namespaceId: number;
  readonly kind: PoolKind;
  readonly protocol: Protocol;
  readonly family: PoolFamily;
  /** Canonical text; the wildcard of a family; empty where families share the pool. */
  readonly localAddress: string;
  /** Canonical text; empty where the pool has no remote end. */
  readonly remoteAddress: string;
  /** 0 where the pool has no remote end. */
  readonly remotePort: number;
}

/** Held ports by socket state; `other` is the rest. */
export interface PortStates {
  readonly established: number;
  readonly synSent: number;
  readonly timeWait: number;
  readonly closeWait: number;
  readonly other: number;
}

export type PoolStateName = keyof PortStates;

/**
 * The first pass of `connect()`: the ports with the parity of the range's low end, which it tries before all others
 * (`__inet_hash_connect` in net/ipv4/inet_hashtables.c). Once all are taken, each `connect()` scans them in vain.
 */
export interface FirstPass {
  readonly size: number;
  /** Ports of it that a `connect()` to this endpoint cannot take. */
  readonly taken: number;
}

/** Length of one period of `PoolUsage.returning`: a sixth of a TIME_WAIT. */
export const RETURN_SECONDS = 10;

/** Where sockets without a connection of their own are connected to. */
export interface Destination {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly sockets: number;
}

/** A pool's ports, all counted in one poll. */
export interface PoolUsage extends Pool {
  /** Ports the pool could give with nothing held. */
  readonly capacity: number;
  /** Ports its sockets occupy, TIME_WAIT included. */
  readonly held: number;
  readonly states: PortStates;
  /**
   * Held ports that are in no capacity, because a `bind()` owns them, or because they are reserved and were named in one.
   * 0 for kinds other than `connect`.
   */
  readonly bound: number;
  /** Ports of the range, not reserved, that are in no capacity because a `bind()` owns them. 0 for other kinds. */
  readonly blocked: number;
  /** TIME_WAIT ports among them that the next `connect()` may take over (`tcp_twsk_unique`). */
  readonly reusable: number;
  /** How many more sockets the kernel would grant a port now. */
  readonly available: number;
  /**
   * Taken ports in TIME_WAIT that come back in the next 0–10 s, 10–20 s and so on (`RETURN_SECONDS` each); empty
   * for a kind whose sockets have no TIME_WAIT, and not counted for `bind()` to a wildcard address.
   */
  readonly returning: readonly number[];
  /** Only for `connect`. */
  readonly firstPass?: FirstPass;
  /**
   * Only for `connect`: whether sysctl `tcp_tw_reuse` 1 would let `connect()` take over TIME_WAIT ports that it cannot take now, as
   * far as is known of the connections' timestamps.
   */
  readonly reuseWouldHelp?: boolean;
  /** Only for `udp`: where most of its connected sockets lead, the largest first; empty where none is connected. */
  readonly destinations?: readonly Destination[];
  /** Refused calls for lack of a port of the pool; absent where they are not counted. */
  readonly failures?: PoolFailures;
}

/** Whether the pool belongs to sockets of any local address. */
export function isWildcard({ localAddress }: Pick<Pool, 'localAddress'>): boolean {
  return localAddress === '0.0.0.0' || localAddress === '::';
}

/** Identifies a pool among those of all namespaces, as text. */
export function poolId(pool: Pool): string {
  return `${pool.namespaceId} ${pool.kind} ${pool.protocol} ${pool.localAddress} ${pool.remoteAddress} ${pool.remotePort}`;
}

/** The identity alone, without the usage. */
export function identityOf(pool: Pool): Pool {
  const { namespaceId, kind, protocol, family, localAddress, remoteAddress, remotePort } = pool;
  return { namespaceId, kind, protocol, family, localAddress, remoteAddress, remotePort };
}

/**
 * A total order of identities that breaks ties in a ranking; which order it is does not matter. Compares fields
 * instead of `poolId` texts, because ties are frequent and each text would be garbage.
 */
export function byIdentity(a: Pool, b: Pool): number {
  return (
    a.namespaceId - b.namespaceId ||
    a.remotePort - b.remotePort ||
    compareText(a.remoteAddress, b.remoteAddress) ||
    compareText(a.localAddress, b.localAddress) ||
    compareText(a.kind, b.kind)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** (capacity − available) / capacity; 1 where there is no capacity. */
export function usageRatio(usage: Pick<PoolUsage, 'capacity' | 'available'>): number {
  return capacityRatio(usage.capacity - usage.available, usage.capacity);
}

/** Share of the first pass that is taken; 1 where the first pass has no port. */
export function firstPassRatio(firstPass: FirstPass): number {
  return firstPass.size === 0 ? 1 : firstPass.taken / firstPass.size;
}
