import { byRank, type Pool, poolId, type PoolUsage } from '../pools/pool.ts';
import type { NamespacePools } from './namespace-pools.ts';
import type { ScanResult } from './scan.ts';

/** The pools of all namespaces that were read, as rivals for history and series. */
export class AllPools {
  /** Pools that a namespace shares, then the fullest endpoints, fullest first. */
  readonly all: readonly PoolUsage[];
  readonly #byNamespace: ReadonlyMap<number, NamespacePools>;
  /** What pools used before, in namespaces that could not be read now. */
  readonly #before: ReadonlyMap<string, PoolUsage>;

  /**
   * `followed` is how many endpoints are looked at one by one, over all namespaces; `before` are the pools
   * of the last poll. One failed reading must not end what is known of a namespace.
   */
  constructor(
    { scanned, refused }: Pick<ScanResult, 'scanned' | 'refused'>,
    followed: number,
    before: readonly { readonly usage: PoolUsage }[],
  ) {
    this.#before = new Map(
      before
        .filter(({ usage }) => refused.has(usage.namespaceId))
        .map(({ usage }) => [poolId(usage), usage]),
    );
    const fullest = scanned.flatMap((each) => each.fullest);
    // Those of one namespace are in order already.
    const endpoints = scanned.length > 1 ? fullest.toSorted(byRank).slice(0, followed) : fullest;
    this.all = [...scanned.flatMap((pools) => pools.shared), ...endpoints];
    this.#byNamespace = new Map(
      scanned.map((pools) => [pools.reading.namespace.id, pools] as const),
    );
  }

  /**
   * What `pool` uses now, or used before where that cannot be read; undefined where its namespace has gone,
   * is quiet, or no longer has its family.
   */
  usageOf(pool: Pool): PoolUsage | undefined {
    const now = this.#byNamespace.get(pool.namespaceId);
    return now === undefined ? this.#before.get(poolId(pool)) : now.usageOf(pool);
  }
}
