import { kindOf, rankRatio } from '../pools/kinds.ts';
import { byIdentity, type Pool, poolId, type PoolUsage } from '../pools/pool.ts';
import type { EvaluatedPool } from './evaluator.ts';

/** Which pools are exported; `endpoints` in the configuration. */
export interface ShortlistOptions {
  /** Pools exported at most, not counting those that only their risk level brings in. */
  readonly limit: number;
  /** Pools exported at most. */
  readonly limitAtRisk: number;
  /** The usage ratio that a pool must have to be exported, unless it is at risk. */
  readonly minRatio: number;
}

/**
 * How long a pool stays exported after it last qualified: 10 minutes, part of the contract (src/alerts/README.md).
 * Without it, series of pools near the limit would come and go at each change of rank.
 */
export const STAY_SECONDS = 600;

/** What a poll selects. */
export interface Selection {
  readonly exported: readonly EvaluatedPool[];
  /** Pools for which an alert fires, and that did not fit below `limitAtRisk`. */
  readonly omittedAtRisk: readonly EvaluatedPool[];
}

/**
 * Selects the exported pools. A pool qualifies at rank ≤ `limit` with at least `minRatio`, or when an alert fires for it, or a
 * call was refused lately.
 * It is added while fewer than `limit` are exported (at risk: `limitAtRisk`), and removed ten minutes after it last
 * qualified. Each namespace at risk has one place before rank decides, so that none can push another's alert out.
 */
export class Shortlist {
  #options: ShortlistOptions;
  /** When each exported pool last qualified, by `poolId`. */
  readonly #qualifiedAt = new Map<string, number>();

  constructor(options: ShortlistOptions) {
    this.#options = options;
  }

  /** Puts other limits in force; pools that are exported already are removed as usual. */
  replaceOptions(options: ShortlistOptions): void {
    this.#options = options;
  }

  /** Selects among all pools of this poll, in any order. `nowSeconds` is monotonic. */
  update(pools: readonly EvaluatedPool[], nowSeconds: number): Selection {
    const ranked = pools.toSorted(byRank);
    const qualifying = this.#qualifying(ranked);
    for (const { usage } of qualifying) this.#refresh(usage, nowSeconds);
    this.#expire(ranked, nowSeconds);
    const reserved = this.#reserved(ranked);
    for (const pool of reserved.values()) this.#addReserved(pool, nowSeconds, ranked, reserved);
    for (const pool of qualifying) this.#add(pool, nowSeconds);
    const isExported = ({ usage }: EvaluatedPool): boolean => this.#qualifiedAt.has(poolId(usage));
    return {
      exported: ranked.filter(isExported),
      omittedAtRisk: ranked.filter((pool) => pool.riskLevel > 0 && !isExported(pool)),
    };
  }

  #qualifying(ranked: readonly EvaluatedPool[]): readonly EvaluatedPool[] {
    const { limit, minRatio } = this.#options;
    return ranked.filter(({ usage, riskLevel }, rank) => {
      if (riskLevel > 0 || hasFailed(usage)) return true;
      return rank < limit && usage.held > 0 && rankRatio(usage) >= minRatio;
    });
  }

  /** Of each namespace at risk one pool, by its id: one that is exported already, else the highest in rank. */
  #reserved(ranked: readonly EvaluatedPool[]): ReadonlyMap<string, EvaluatedPool> {
    const atRisk = ranked.filter(({ riskLevel }) => riskLevel > 0);
    const exported = atRisk.filter(({ usage }) => this.#qualifiedAt.has(poolId(usage)));
    const first = new Map<number, EvaluatedPool>();
    for (const pool of [...exported, ...atRisk]) {
      const { namespaceId } = pool.usage;
      if (!first.has(namespaceId)) first.set(namespaceId, pool);
    }
    return new Map(Array.from(first.values(), (pool) => [poolId(pool.usage), pool] as const));
  }

  /** Adds a pool that its namespace has a place for; where there is none left, the lowest in rank gives up its own. */
  #addReserved(
    pool: EvaluatedPool,
    nowSeconds: number,
    ranked: readonly EvaluatedPool[],
    reserved: ReadonlyMap<string, EvaluatedPool>,
  ): void {
    this.#add(pool, nowSeconds);
    if (this.#qualifiedAt.has(poolId(pool.usage))) return;
    const lowest = ranked
      .map(({ usage }) => poolId(usage))
      .findLast((id) => this.#qualifiedAt.has(id) && !reserved.has(id));
    if (lowest === undefined) return;
    this.#qualifiedAt.delete(lowest);
    this.#add(pool, nowSeconds);
  }

  #refresh(pool: Pool, nowSeconds: number): void {
    const id = poolId(pool);
    if (this.#qualifiedAt.has(id)) this.#qualifiedAt.set(id, nowSeconds);
  }

  #expire(ranked: readonly EvaluatedPool[], nowSeconds: number): void {
    const alive = new Set(ranked.map(({ usage }) => poolId(usage)));
    for (const [id, qualifiedAt] of this.#qualifiedAt) {
      if (!alive.has(id) || nowSeconds - qualifiedAt > STAY_SECONDS) this.#qualifiedAt.delete(id);
    }
  }

  #add({ usage, riskLevel }: EvaluatedPool, nowSeconds: number): void {
    const id = poolId(usage);
    if (this.#qualifiedAt.has(id)) return;
    const { limit, limitAtRisk } = this.#options;
    const isUrgent = riskLevel > 0 || hasFailed(usage);
    const most = isUrgent ? Math.max(limit, limitAtRisk) : limit;
    if (isUrgent && this.#qualifiedAt.size >= most) this.#removeOne(nowSeconds);
    if (this.#qualifiedAt.size < most) this.#qualifiedAt.set(id, nowSeconds);
  }

  /**
   * Removes the pool that has not qualified for longest: it is exported only because its ten minutes are not over. Where
   * all qualify, none is removed.
   */
  #removeOne(nowSeconds: number): void {
    let longest: string | undefined;
    let longestAt = nowSeconds;
    for (const [id, qualifiedAt] of this.#qualifiedAt) {
      if (qualifiedAt >= longestAt) continue;
      longest = id;
      longestAt = qualifiedAt;
    }
    if (longest !== undefined) this.#qualifiedAt.delete(longest);
  }
}

/** At risk first, then those with refused calls, then the fullest at its peak, then the most held; the identity breaks ties. */
function byRank(a: EvaluatedPool, b: EvaluatedPool): number {
  return (
    b.riskLevel - a.riskLevel ||
    Number(hasFailed(b.usage)) - Number(hasFailed(a.usage)) ||
    peakOf(b) - peakOf(a) ||
    b.usage.held - a.usage.held ||
    byIdentity(a.usage, b.usage)
  );
}

/** Whether a call was refused in the last ten minutes. */
function hasFailed({ failures }: PoolUsage): boolean {
  return failures?.isRecent === true;
}

/** The history keeps peaks of the usage ratio, so a pool that is ranked by `held` is ranked by its present value. */
function peakOf({ usage, trend }: EvaluatedPool): number {
  const hasPeak = trend !== undefined && kindOf(usage.kind).rankedBy === 'taken';
  return hasPeak ? trend.peakRatio : rankRatio(usage);
}
