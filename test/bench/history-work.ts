import { PoolObserver } from '../../src/alerts/observer.ts';
import { History } from '../../src/history/history.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import type { PoolCounts, PoolView } from '../../src/pools/pool-view.ts';

/** All that the bench knows of the history: what a poll hands it, and what it must then follow. */

/** As the default configuration has them. */
const TIMES = { windowSeconds: 300, intervalSeconds: 5 };
const CAPACITY = 28_232;

const NAMESPACE = 1;
const OPTIONS = { rules: [], limit: 50, minRatio: 0.01, keepUnreadSeconds: 30 };

/** A history that follows `pools` pools. */
export class HistoryWork {
  readonly #observer: PoolObserver;
  readonly #view: AlternatingPools;
  #recorded = 0;

  constructor(pools: number) {
    this.#observer = new PoolObserver(new History({ ...TIMES, pools }), pools);
    this.#view = new AlternatingPools(pools);
  }

  /** Records one poll, at which no pool of the poll before holds a port. */
  record(): void {
    this.#recorded += 1;
    this.#view.alternate();
    const namespaces = [{ namespaceId: NAMESPACE, views: [this.#view] }];
    const nowSeconds = TIMES.intervalSeconds * this.#recorded;
    this.#observer.observe({ namespaces, isUnread: () => false }, nowSeconds, OPTIONS);
  }

  /** Throws unless all pools that hold a port are followed. */
  check(): void {
    const { followed, holding } = this.#view;
    if (followed !== holding) throw new Error(`${followed} of ${holding} pools are followed`);
  }
}

/** Twice as many endpoints as hold a port: each of the two halves in turn, one port per endpoint. */
class AlternatingPools implements PoolView {
  readonly kind = 'connect';
  readonly inUse = true;
  readonly size: number;
  readonly capacity = CAPACITY;
  readonly blocked = 0;
  readonly holding: number;
  readonly held: number;
  readonly worstUsageRatio = 1 / CAPACITY;
  readonly #tickets: Float64Array;
  #half = 0;

  constructor(holding: number) {
    this.size = 2 * holding;
    this.holding = holding;
    this.held = holding;
    this.#tickets = new Float64Array(this.size);
  }

  alternate(): void {
    this.#half = 1 - this.#half;
  }

  /** Pools that hold a port and have a ticket. */
  get followed(): number {
    return this.#tickets.filter((ticket, index) => ticket !== 0 && this.heldAt(index) > 0).length;
  }

  heldAt(index: number): number {
    return Math.floor(index / this.holding) === this.#half ? 1 : 0;
  }

  takenAt(index: number): number {
    return this.heldAt(index);
  }

  ticketAt(index: number): number {
    return this.#tickets[index] ?? 0;
  }

  setTicket(index: number, ticket: number): void {
    this.#tickets[index] = ticket;
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
    const held = this.heldAt(index);
    into.capacity = CAPACITY;
    into.held = held;
    into.taken = held;
    into.returning = 0;
    into.established = held;
    into.synSent = 0;
    into.timeWait = 0;
    into.closeWait = 0;
    into.firstPassSize = CAPACITY / 2;
    into.firstPassTaken = 0;
  }

  usageAt(index: number): PoolUsage {
    const held = this.heldAt(index);
    return {
      namespaceId: NAMESPACE,
      kind: this.kind,
      protocol: 'tcp',
      family: 'ipv4',
      localAddress: '10.0.0.2',
      remoteAddress: `10.128.${index >> 8}.${index & 255}`,
      remotePort: 443,
      capacity: CAPACITY,
      held,
      states: { established: held, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
      bound: 0,
      blocked: 0,
      reusable: 0,
      available: CAPACITY - held,
      returning: [],
    };
  }
}
