import { capacityRatio } from './capacity-ratio.ts';
import type { Destination, PoolFamily, PoolKind, PoolUsage, Protocol } from './pool.ts';
import type { PoolFailures } from './failures.ts';
import type { PoolCounts, PoolView } from './pool-view.ts';

/** The part of their identity that the shared pools of one kind in one namespace have in common. */
export interface SharedPoolsIdentity {
  readonly namespaceId: number;
  readonly kind: PoolKind;
  readonly protocol: Protocol;
}

/** One pool that all sockets of a family, or of both families, or of one local address share; in ports. */
export interface SharedPool {
  readonly family: PoolFamily;
  /** Canonical text, where the pool belongs to one local address; else it is that of the whole family. */
  readonly localAddress?: string;
  /** Whether it never has endpoint series, though others of its kind do. */
  readonly isHidden?: boolean;
  readonly capacity: number;
  /** Ports that sockets of the family itself hold. */
  readonly held: number;
  /** Ports of the capacity that the kernel would refuse to a socket of the family. */
  readonly taken: number;
  /** Held ports whose socket is connected. */
  readonly established: number;
  /** As in `PoolUsage`; absent where it is not counted. */
  readonly returning?: readonly number[];
  /** As in `PoolUsage`; made when they are asked for. */
  readonly destinations?: () => readonly Destination[];
  /** As in `PoolUsage`. */
  readonly failures?: PoolFailures | undefined;
}

/** The local address that stands for a whole family. */
export const WILDCARDS: Readonly<Record<PoolFamily, string>> = {
  ipv4: '0.0.0.0',
  ipv6: '::',
  any: '',
};

/** The history's tickets for the pools of one kind in a namespace, kept from poll to poll. */
export interface Tickets {
  /** That of pool `index`; 0 where it is not followed. */
  at(index: number): number;
  set(index: number, ticket: number): void;
}

/** The tickets of pools that are always the same: one per family, or one for both. */
export class SharedTickets implements Tickets {
  readonly #tickets = [0, 0];

  at(index: number): number {
    return this.#tickets[index] ?? 0;
  }

  set(index: number, ticket: number): void {
    this.#tickets[index] = ticket;
  }
}

/** The pools of one kind that have no remote end. */
export class SharedPools implements PoolView {
  readonly kind: PoolKind;
  readonly inUse: boolean;
  readonly blocked = 0;
  readonly #identity: SharedPoolsIdentity;
  readonly #pools: readonly SharedPool[];
  readonly #tickets: Tickets;

  constructor(
    identity: SharedPoolsIdentity,
    pools: readonly SharedPool[],
    tickets: Tickets,
    inUse = true,
  ) {
    this.kind = identity.kind;
    this.inUse = inUse;
    this.#identity = identity;
    this.#pools = pools;
    this.#tickets = tickets;
  }

  get size(): number {
    return this.#pools.length;
  }

  get capacity(): number {
    return Math.max(0, ...this.#pools.map(({ capacity }) => capacity));
  }

  get holding(): number {
    return this.#pools.filter(({ held }) => held > 0).length;
  }

  get held(): number {
    return this.#pools.reduce((sum, { held }) => sum + held, 0);
  }

  get worstUsageRatio(): number {
    const ratios = this.#pools.map(({ taken, capacity }) => capacityRatio(taken, capacity));
    return Math.max(0, ...ratios);
  }

  heldAt(index: number): number {
    return this.#at(index).held;
  }

  boundAt(): number {
    return 0;
  }

  takenAt(index: number): number {
    return this.#at(index).taken;
  }

  ticketAt(index: number): number {
    return this.#tickets.at(index);
  }

  setTicket(index: number, ticket: number): void {
    this.#tickets.set(index, ticket);
  }

  hasFailedAt(index: number): boolean {
    return this.#at(index).failures?.isRecent === true;
  }

  isExportedAt(index: number): boolean {
    return this.#at(index).isHidden !== true;
  }

  measure(index: number, into: PoolCounts): void {
    const { capacity, held, taken, established, returning = [], failures } = this.#at(index);
    into.capacity = capacity;
    into.held = held;
    into.taken = taken;
    into.returning = returning.reduce((sum, ports) => sum + ports, 0);
    into.established = established;
    into.synSent = 0;
    into.timeWait = 0;
    into.closeWait = 0;
    into.firstPassSize = 0;
    into.firstPassTaken = 0;
    into.opened = 0;
    into.failures = failures?.lastMinute ?? 0;
    into.hasFailed = failures?.isRecent === true;
  }

  usageAt(index: number): PoolUsage {
    const pool = this.#at(index);
    const { family, localAddress, capacity, held, taken, established, returning, failures } = pool;
    return {
      ...this.#identity,
      family,
      localAddress: localAddress ?? WILDCARDS[family],
      remoteAddress: '',
      remotePort: 0,
      capacity,
      held,
      states: { established, synSent: 0, timeWait: 0, closeWait: 0, other: held - established },
      bound: 0,
      blocked: 0,
      reusable: 0,
      available: capacity - taken,
      returning: returning ?? [],
      ...(pool.destinations !== undefined && { destinations: pool.destinations() }),
      ...(failures !== undefined && { failures }),
    };
  }

  #at(index: number): SharedPool {
    const pool = this.#pools[index];
    if (pool === undefined) throw new RangeError(`pool ${index} of ${this.kind} is not there`);
    return pool;
  }
}
