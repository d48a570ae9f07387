import type { Family } from '../kernel/address.ts';

/** Names an entry of the table of kinds (kinds.ts); the value of the label `pool`. */
export type PoolKind = string;

/** The value of the label `protocol`. */
export type Protocol = string;

/** `any` where both families share one budget. */
export type PoolFamily = Family | 'any';

/** Who shares a pool: an endpoint, or all sockets that are told apart by their port alone. */
export interface Pool {
  /** The life of the network namespace that it belongs to. */
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

/** Held ports by socket state. */
export interface PortStates {
  readonly established: number;
  readonly synSent: number;
  readonly timeWait: number;
  readonly closeWait: number;
  readonly other: number;
}

export type PoolStateName = keyof PortStates;

/** Share of the first pass: the ports that `connect()` tries before it scans in vain. */
export interface FirstPass {
  readonly size: number;
  /** Ports of it that a `connect()` to this endpoint cannot take. */
  readonly taken: number;
}

/** Length of one period of `PoolUsage.returning`. */
export const RETURN_SECONDS = 10;

/** A pool's ports, all counted in one poll. */
export interface PoolUsage extends Pool {
  /** Ports the pool could give with nothing held. */
  readonly capacity: number;
  /** Ports its sockets occupy, TIME_WAIT included. */
  readonly held: number;
  readonly states: PortStates;
  /** TIME_WAIT ports among them that may be taken over now. */
  readonly reusable: number;
  /** How many more sockets the kernel would grant a port. */
  readonly available: number;
  /**
   * Ports in TIME_WAIT that come back by themselves in the next 0–10 s, 10–20 s and so on; empty where
   * the pool knows no TIME_WAIT.
   */
  readonly returning: readonly number[];
  /** Only for `connect`. */
  readonly firstPass?: FirstPass;
}

/** Names a pool among those of all namespaces. */
export function poolId(pool: Pool): string {
  return `${pool.namespaceId} ${pool.kind} ${pool.protocol} ${pool.localAddress} ${pool.remoteAddress} ${pool.remotePort}`;
}

/** The identity alone: what a pool uses changes from poll to poll. */
export function identityOf(pool: Pool): Pool {
  const { namespaceId, kind, protocol, family, localAddress, remoteAddress, remotePort } = pool;
  return { namespaceId, kind, protocol, family, localAddress, remoteAddress, remotePort };
}

/** An order of identities, whatever it is, that makes no text: ties are the rule among thousands. */
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
  return usage.capacity === 0 ? 1 : (usage.capacity - usage.available) / usage.capacity;
}

/** Share of the first pass that is gone; 1 where there is none. */
export function firstPassRatio(firstPass: FirstPass): number {
  return firstPass.size === 0 ? 1 : firstPass.taken / firstPass.size;
}
