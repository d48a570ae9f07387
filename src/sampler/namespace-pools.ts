import { bindPool } from '../pools/bind.ts';
import { ConnectPools } from '../pools/connect.ts';
import { byRank, type Pool, type PoolUsage, poolId } from '../pools/pool.ts';
import type { NamespaceReading } from './namespace.ts';

/** Endpoints that a snapshot names one by one, fullest first; the others are only counted. */
const NAMED_ENDPOINTS = 1000;

/** All pools of one namespace at one poll. */
export class NamespacePools {
  readonly connect: ConnectPools;
  /** The fullest endpoints, fullest first. */
  readonly fullest: readonly PoolUsage[];
  readonly udp: readonly PoolUsage[];
  readonly bind: readonly PoolUsage[];

  constructor({ tcp, udp, families }: NamespaceReading) {
    this.connect = new ConnectPools(tcp);
    this.fullest = this.connect.fullest(NAMED_ENDPOINTS).toSorted(byRank);
    this.udp = families.map((family) => udp.pool(family));
    this.bind = families.map((family) => bindPool(tcp, family));
  }

  /** What may be exported as an endpoint. */
  get candidates(): readonly PoolUsage[] {
    return [...this.fullest, ...this.udp];
  }

  /** What each of `pools` uses now; those of the namespace's own kinds that are gone use nothing. */
  usagesOf(pools: readonly Pool[]): readonly PoolUsage[] {
    return pools.flatMap((pool) => {
      if (pool.kind === 'connect') return [this.connect.usageOf(pool)];
      return this.udp.filter((udp) => poolId(udp) === poolId(pool));
    });
  }
}
