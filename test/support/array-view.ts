import type { PoolUsage } from '../../src/pools/pool.ts';
import type { PoolCounts, PoolView } from '../../src/pools/pool-view.ts';
import { countsOf } from './history-feed.ts';

/** Tickets by remote port, from poll to poll, as the tables of endpoints keep them. */
export type Tickets = Map<number, number>;

/** Connect pools that are written down instead of counted. */
export class ArrayView implements PoolView {
  readonly kind = 'connect';
  readonly inUse = true;
  readonly blocked = 0;
  readonly #pools: readonly PoolUsage[];
  readonly #tickets: Tickets;
  /** How many pools were made objects of. */
  made = 0;

  constructor(pools: readonly PoolUsage[], tickets: Tickets) {
    this.#pools = pools;
    this.#tickets = tickets;
  }

  get size(): number {
    return this.#pools.length;
  }

  get capacity(): number {
    return this.#at(0).capacity;
  }

  get holding(): number {
    return this.#pools.filter(({ held }) => held > 0).length;
  }

  get held(): number {
    return this.#pools.reduce((sum, { held }) => sum + held, 0);
  }

  get worstUsageRatio(): number {
    return Math.max(...this.#pools.map(({ held, capacity }) => held / capacity));
  }

  heldAt(index: number): number {
    return this.#at(index).held;
  }

  takenAt(index: number): number {
    const { capacity, available } = this.#at(index);
    return capacity - available;
  }

  ticketAt(index: number): number {
    return this.#tickets.get(this.#at(index).remotePort) ?? 0;
  }

  setTicket(index: number, ticket: number): void {
    this.#tickets.set(this.#at(index).remotePort, ticket);
  }

  boundAt(): number {
    return 0;
  }

  hasFailedAt(): boolean {
    return false;
  }

  isExportedAt(): boolean {
    return true;
  }

  measure(index: number, into: PoolCounts): void {
    Object.assign(into, countsOf(this.#at(index)));
  }

  usageAt(index: number): PoolUsage {
    this.made += 1;
    return this.#at(index);
  }

  #at(index: number): PoolUsage {
    const pool = this.#pools[index];
    if (pool === undefined) throw new RangeError(`no pool is at ${index}`);
    return pool;
  }
}
