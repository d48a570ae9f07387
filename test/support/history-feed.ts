import type { History } from '../../src/history/history.ts';
import type { Trend } from '../../src/history/trend.ts';
import { type Pool, poolId, type PoolUsage } from '../../src/pools/pool.ts';
import { PoolCounts } from '../../src/pools/pool-view.ts';

/** A pool's latest usage, with its past. */
export interface Followed {
  readonly usage: PoolUsage;
  readonly trend: Trend;
}

/** Feeds whole usages to a history, poll by poll, as the observer feeds what it measures. */
export class HistoryFeed {
  readonly #history: History;
  readonly #tickets = new Map<string, { readonly pool: Pool; readonly ticket: number }>();

  constructor(history: History) {
    this.#history = history;
  }

  /**
   * One poll: `usages` are the fullest, fullest first; `usageOf` tells of those followed that are not among
   * them. Returns all that are followed.
   */
  record(
    usages: readonly PoolUsage[],
    nowSeconds: number,
    usageOf: (pool: Pool) => PoolUsage | undefined = () => undefined,
  ): readonly Followed[] {
    const seen = new Map(usages.map((usage) => [poolId(usage), usage]));
    const now = new Map<string, PoolUsage>();
    this.#history.begin(nowSeconds);
    for (const [id, { pool, ticket }] of this.#tickets) {
      const usage = seen.get(id) ?? usageOf(pool);
      if (usage !== undefined && this.#history.sample(ticket, countsOf(usage))) now.set(id, usage);
      else this.#tickets.delete(id);
    }
    this.#history.endSamples(() => false);
    for (const [id, usage] of seen) this.#follow(id, usage, now);
    return [...this.#tickets].flatMap(([id, { ticket }]) => {
      const usage = now.get(id);
      if (usage === undefined || !this.#history.follows(ticket)) return [];
      return [{ usage, trend: this.#history.trend(ticket, usage) }];
    });
  }

  #follow(id: string, usage: PoolUsage, now: Map<string, PoolUsage>): void {
    if (this.#tickets.has(id) || usage.held === 0) return;
    const ticket = this.#history.follow(usage.namespaceId, countsOf(usage));
    if (ticket === 0) return;
    this.#tickets.set(id, { pool: usage, ticket });
    now.set(id, usage);
  }
}

export function countsOf({ capacity, held, available, states, returning }: PoolUsage): PoolCounts {
  const { established, synSent, timeWait, closeWait } = states;
  return Object.assign(new PoolCounts(), {
    capacity,
    held,
    taken: capacity - available,
    returning: returning.reduce((sum, each) => sum + each, 0),
    established,
    synSent,
    timeWait,
    closeWait,
  });
}
