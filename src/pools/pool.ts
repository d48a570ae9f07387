import type { Family } from '../kernel/address.ts';

/**
 * `connect`: one per endpoint. `udp` and `bind`: one per namespace and family. `sctp`: one per namespace,
 * for both families together.
 */
export type PoolKind = 'connect' | 'udp' | 'bind' | 'sctp';

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** `any` where both families share one budget. */
export type PoolFamily = Family | 'any';

/** Who shares a pool: an endpoint, or all sockets that are told apart by their port alone. */
export interface Pool {
  /** The life of the network namespace that it belongs to. */
  readonly namespaceId: number;
  readonly kind: PoolKind;
  readonly protocol: Protocol;
  readonly family: PoolFamily;
  /** Canonical text; the wildcard for `udp` and `bind`; empty for `sctp`. */
  readonly localAddress: string;
  /** Canonical text; empty but for `connect`. */
  readonly remoteAddress: string;
  /** 0 but for `connect`. */
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

/**
 * What pools are ranked by, before `held`: the usage ratio; for `udp` held / capacity, because the IPv6
 * pool's available ports shrink with every IPv4 socket too.
 */
export function rankRatio(usage: PoolUsage): number {
  if (usage.kind !== 'udp') return usageRatio(usage);
  return usage.capacity === 0 ? 1 : usage.held / usage.capacity;
}

/** Fullest first; the identity breaks ties, so that the order is the same at every poll. */
export function byRank(a: PoolUsage, b: PoolUsage): number {
  return rankRatio(b) - rankRatio(a) || b.held - a.held || byIdentity(a, b);
}
