import { byRank, type Pool, type PoolUsage, poolId, rankRatio } from '../pools/pool.ts';

/** Which pools are exported; `endpoints` in the configuration. */
export interface ShortlistOptions {
  /** Pools exported at most. */
  readonly limit: number;
  /** Usage ratio below which a pool is not worth a series. */
  readonly minRatio: number;
}

/** How long a pool stays after it last deserved its place. Leaving by rank would make series flap. */
export const LINGER_SECONDS = 600;

interface Entry {
  readonly pool: Pool;
  deservedAtSeconds: number;
}

/**
 * The exported pools. A pool comes in at rank ≤ `limit` with at least `minRatio`, when there is room; it
 * goes only after ten minutes below either.
 */
export class Shortlist {
  readonly #options: ShortlistOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ShortlistOptions) {
    this.#options = options;
  }

  /**
   * Takes the fullest pools of this poll (at least `limit` of them, in any order) and the time of the
   * poll in seconds; returns the pools to export.
   */
  update(fullest: readonly PoolUsage[], nowSeconds: number): readonly Pool[] {
    const deserving = this.#deserving(fullest);
    for (const pool of deserving) this.#renew(pool, nowSeconds);
    this.#expire(nowSeconds);
    for (const pool of deserving) this.#enter(pool, nowSeconds);
    return Array.from(this.#entries.values(), (entry) => entry.pool);
  }

  #deserving(fullest: readonly PoolUsage[]): readonly PoolUsage[] {
    const { limit, minRatio } = this.#options;
    const ranked = fullest.toSorted(byRank).slice(0, limit);
    return ranked.filter((usage) => usage.held > 0 && rankRatio(usage) >= minRatio);
  }

  #renew(pool: Pool, nowSeconds: number): void {
    const entry = this.#entries.get(poolId(pool));
    if (entry) entry.deservedAtSeconds = nowSeconds;
  }

  #expire(nowSeconds: number): void {
    for (const [id, entry] of this.#entries) {
      if (nowSeconds - entry.deservedAtSeconds > LINGER_SECONDS) this.#entries.delete(id);
    }
  }

  #enter(pool: Pool, nowSeconds: number): void {
    const id = poolId(pool);
    if (this.#entries.has(id) || this.#entries.size >= this.#options.limit) return;
    this.#entries.set(id, { pool, deservedAtSeconds: nowSeconds });
  }
}
