import { bindPool } from '../pools/bind.ts';
import { ConnectPools } from '../pools/connect.ts';
import { byRank, type Pool, type PoolUsage, poolId } from '../pools/pool.ts';
import type { NamespaceReading } from './namespace.ts';

/** All pools of one namespace at one poll. */
export class NamespacePools {
  readonly reading: NamespaceReading;
  readonly connect: ConnectPools;
  /** The fullest endpoints, fullest first. */
  readonly fullest: readonly PoolUsage[];
  readonly udp: readonly PoolUsage[];
  readonly bind: readonly PoolUsage[];

  /** `followed` is how many endpoints are looked at one by one; the others are only counted. */
  constructor(reading: NamespaceReading, followed: number) {
    const { namespace, tcp, udp, families } = reading;
    const { id } = namespace;
    this.reading = reading;
    this.connect = new ConnectPools(tcp, id);
    this.fullest = this.connect.fullest(followed).toSorted(byRank);
    this.udp = families.map((family) => udp.pool(family, id));
    this.bind = families.map((family) => bindPool(tcp, family, id));
  }

  /** Pools of every kind, those of the namespace first. */
  get all(): readonly PoolUsage[] {
    return [...this.udp, ...this.bind, ...this.fullest];
  }

  /** What `pool` uses now; undefined where the namespace no longer has its family. */
  usageOf(pool: Pool): PoolUsage | undefined {
    if (pool.kind === 'connect') return this.connect.usageOf(pool);
    return [...this.udp, ...this.bind].find((usage) => poolId(usage) === poolId(pool));
  }
}
