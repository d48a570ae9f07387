import { kindOf, rankRatio } from '../pools/kinds.ts';
import { byIdentity, type Pool, poolId } from '../pools/pool.ts';
import type { EvaluatedPool } from './evaluator.ts';

/** Which pools are exported; `endpoints` in the configuration. */
export interface ShortlistOptions {
  /** Pools exported at most, but for those at risk. */
  readonly limit: number;
  /** Pools exported at most. */
  readonly limitAtRisk: number;
  /** Usage ratio below which a pool is not worth a series. */
  readonly minRatio: number;
}

/** How long a pool stays after it last deserved its place. Leaving by rank would make series flap. */
export const LINGER_SECONDS = 600;

/** What a poll selects. */
export interface Selection {
  readonly exported: readonly EvaluatedPool[];
  /** Pools for which an alert fires, and for which there was no room. */
  readonly omittedAtRisk: readonly EvaluatedPool[];
}

/**
 * The exported pools. A pool comes in at rank ≤ `limit` with at least `minRatio`, when there is room; it
 * goes only after ten minutes below either. One for which an alert fires goes beyond the limit.
 */
export class Shortlist {
  #options: ShortlistOptions;
  /** When each exported pool last deserved its place. */
  readonly #deservedAt = new Map<string, number>();

  constructor(options: ShortlistOptions) {
    this.#options = options;
  }

  /** Puts other limits in force; what is exported leaves as it would have. */
  replaceOptions(options: ShortlistOptions): void {
    this.#options = options;
  }

  /** Takes all pools of this poll, in any order, and its time in seconds. */
  update(pools: readonly EvaluatedPool[], nowSeconds: number): Selection {
    const ranked = pools.toSorted(byRank);
    const deserving = this.#deserving(ranked);
    for (const { usage } of deserving) this.#renew(usage, nowSeconds);
    this.#expire(ranked, nowSeconds);
    for (const pool of deserving) this.#enter(pool, nowSeconds);
    const isExported = ({ usage }: EvaluatedPool): boolean => this.#deservedAt.has(poolId(usage));
    return {
      exported: ranked.filter(isExported),
      omittedAtRisk: ranked.filter((pool) => pool.riskLevel > 0 && !isExported(pool)),
    };
  }

  #deserving(ranked: readonly EvaluatedPool[]): readonly EvaluatedPool[] {
    const { limit, minRatio } = this.#options;
    return ranked.filter(({ usage, riskLevel }, rank) => {
      return riskLevel > 0 || (rank < limit && usage.held > 0 && rankRatio(usage) >= minRatio);
    });
  }

  #renew(pool: Pool, nowSeconds: number): void {
    const id = poolId(pool);
    if (this.#deservedAt.has(id)) this.#deservedAt.set(id, nowSeconds);
  }

  #expire(ranked: readonly EvaluatedPool[], nowSeconds: number): void {
    const alive = new Set(ranked.map(({ usage }) => poolId(usage)));
    for (const [id, deservedAt] of this.#deservedAt) {
      if (!alive.has(id) || nowSeconds - deservedAt > LINGER_SECONDS) this.#deservedAt.delete(id);
    }
  }

  #enter({ usage, riskLevel }: EvaluatedPool, nowSeconds: number): void {
    const id = poolId(usage);
    if (this.#deservedAt.has(id)) return;
    const { limit, limitAtRisk } = this.#options;
    if (riskLevel > 0) this.#makeRoom(Math.max(limit, limitAtRisk), nowSeconds);
    const room = riskLevel > 0 ? Math.max(limit, limitAtRisk) : limit;
    if (this.#deservedAt.size < room) this.#deservedAt.set(id, nowSeconds);
  }

  /** What is at risk now need not wait for one that only lingers. */
  #makeRoom(room: number, nowSeconds: number): void {
    if (this.#deservedAt.size < room) return;
    for (const [id, deservedAt] of this.#deservedAt) {
      if (deservedAt === nowSeconds) continue;
      this.#deservedAt.delete(id);
      return;
    }
  }
}

/** At risk first, then the fullest at its peak, then the most held; the identity breaks ties. */
function byRank(a: EvaluatedPool, b: EvaluatedPool): number {
  return (
    b.riskLevel - a.riskLevel ||
    peakOf(b) - peakOf(a) ||
    b.usage.held - a.usage.held ||
    byIdentity(a.usage, b.usage)
  );
}

/** The history keeps peaks of the usage ratio: a pool that is ranked by what it holds has none. */
function peakOf({ usage, trend }: EvaluatedPool): number {
  const hasPeak = trend !== undefined && kindOf(usage.kind).rankedBy === 'taken';
  return hasPeak ? trend.peakRatio : rankRatio(usage);
}
