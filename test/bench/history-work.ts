import { History } from '../../src/history/history.ts';
import type { Pool, PoolUsage } from '../../src/pools/pool.ts';

/** All that the bench knows of the history: what a poll hands it, and what comes back. */

/** A history that follows `pools` pools, with the window and the interval of the default configuration. */
export class HistoryWork {
  readonly #history: History;
  readonly #rounds: readonly [readonly PoolUsage[], readonly PoolUsage[]];
  #recorded = 0;

  constructor(pools: number) {
    this.#history = new History({ windowSeconds: 300, intervalSeconds: 5, pools });
    this.#rounds = [usages(pools, 0), usages(pools, pools)];
  }

  /** Records one poll, at which no pool of the poll before holds a port. */
  record(): void {
    this.#recorded += 1;
    const present = this.#rounds[this.#recorded % 2 === 0 ? 0 : 1];
    const followed = this.#history.record(present, 5 * this.#recorded, empty);
    const held = followed.filter(({ usage }) => usage.held > 0).length;
    if (held !== present.length) throw new Error(`${held} of ${present.length} pools are followed`);
  }
}

/** A pool of a namespace that is there, and of which nothing is held. */
function empty(pool: Pool): PoolUsage {
  return { ...pool, ...NOTHING };
}

/** Pools of `count` endpoints, all of one namespace. */
function usages(count: number, first: number): readonly PoolUsage[] {
  return Array.from({ length: count }, (_, index) => ({
    ...NOTHING,
    namespaceId: 1,
    kind: 'connect' as const,
    protocol: 'tcp' as const,
    family: 'ipv4' as const,
    localAddress: '10.0.0.2',
    remoteAddress: `10.128.${(first + index) >> 8}.${(first + index) & 255}`,
    remotePort: 443,
    held: 1,
    states: { ...NOTHING.states, established: 1 },
    available: NOTHING.capacity - 1,
  }));
}

const NOTHING = {
  capacity: 28_232,
  held: 0,
  states: { established: 0, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
  reusable: 0,
  available: 28_232,
  returning: [],
} as const;
