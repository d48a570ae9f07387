import { byRank, type Pool, type PoolUsage } from '../pools/pool.ts';
import type { NamespacePools } from './namespace-pools.ts';

/** The pools of all namespaces that were read, as rivals for history and series. */
export class AllPools {
  /** Pools that a namespace shares, then the fullest endpoints, fullest first. */
  readonly all: readonly PoolUsage[];
  readonly #byNamespace: ReadonlyMap<number, NamespacePools>;

  /** `followed` is how many endpoints are looked at one by one, over all namespaces. */
  constructor(surveyed: readonly NamespacePools[], followed: number) {
    const fullest = surveyed.flatMap((each) => each.fullest);
    // Those of one namespace are in order already.
    const endpoints = surveyed.length > 1 ? fullest.toSorted(byRank).slice(0, followed) : fullest;
    this.all = [...surveyed.flatMap((pools) => pools.shared), ...endpoints];
    this.#byNamespace = new Map(
      surveyed.map((pools) => [pools.reading.namespace.id, pools] as const),
    );
  }

  /** What `pool` uses now; undefined where its namespace has gone, is quiet, or no longer has its family. */
  usageOf(pool: Pool): PoolUsage | undefined {
    return this.#byNamespace.get(pool.namespaceId)?.usageOf(pool);
  }
}
