import { bindPool } from '../pools/bind.ts';
import { ConnectPools } from '../pools/connect.ts';
import { byRank, type Pool, type PoolUsage, poolId } from '../pools/pool.ts';
import type { NamespaceReading } from './namespace-reader.ts';

/** All pools of one namespace at one poll. */
export class NamespacePools {
  readonly reading: NamespaceReading;
  readonly connect: ConnectPools;
  /** The fullest endpoints, fullest first. */
  readonly fullest: readonly PoolUsage[];
  readonly udp: readonly PoolUsage[];
  readonly bind: readonly PoolUsage[];
  /** One where the kernel has SCTP. */
  readonly sctp: readonly PoolUsage[];

  /** `followed` is how many endpoints are looked at one by one; the others are only counted. */
  constructor(reading: NamespaceReading, followed: number) {
    const { namespace, tcp, udp, sctp, families } = reading;
    const { id } = namespace;
    this.reading = reading;
    this.connect = new ConnectPools(tcp, id);
    this.fullest = this.connect.fullest(followed).toSorted(byRank);
    this.udp = families.map((family) => udp.pool(family, id));
    this.bind = families.map((family) => bindPool(tcp, family, id));
    this.sctp = sctp === undefined ? [] : [sctp.pool(id)];
  }

  /** What `pool` uses now; undefined where the namespace no longer has its family or protocol. */
  usageOf(pool: Pool): PoolUsage | undefined {
    if (pool.kind === 'connect') return this.connect.usageOf(pool);
    return this.shared.find((usage) => poolId(usage) === poolId(pool));
  }

  /** Pools that the whole namespace shares. */
  get shared(): readonly PoolUsage[] {
    return [...this.udp, ...this.bind, ...this.sctp];
  }
}
