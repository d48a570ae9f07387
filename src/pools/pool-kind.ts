import type { Census } from './census/census.ts';
import type { PoolUsage } from './pool.ts';

/** The alerts that are evaluated for pools; the keys of `alerts` in the configuration. */
export type PoolAlert =
  | 'EphemeralPortsExhaustion'
  | 'EphemeralPortsSlowConnect'
  | 'EphemeralPortsForecast'
  | 'EphemeralPortsConnectFailing'
  | 'EphemeralPortsUdpExhaustion'
  | 'EphemeralPortsBindExhaustion'
  | 'EphemeralPortsBindFailing'
  | 'EphemeralPortsRangeBlocked';

/** What tells the rules of an alert apart. */
export interface AlertRule {
  readonly alert: PoolAlert;
  readonly severity: 'info' | 'warning' | 'critical';
}

/** What the text table shows of a pool that a whole namespace shares. */
export type AvailablePool = Pick<PoolUsage, 'family' | 'localAddress' | 'capacity' | 'available'>;

/** Everything in which one kind of pool differs from the others: one entry of the table in kinds.ts. */
export interface PoolKindEntry {
  /** Its name: the value of the label `pool`. */
  readonly kind: string;
  /** The value of the label `protocol`. */
  readonly protocol: string;
  /** Counts its sockets; several kinds may be counted by one census. */
  readonly census: Census;
  /** Whether all sockets of a namespace, or of one family in it, share a pool; else there is one per endpoint. */
  readonly isShared: boolean;
  /** Whether a pool of it may have endpoint series; the others are counted and evaluated only. */
  readonly isExported: (pool: Pick<PoolUsage, 'localAddress'>) => boolean;
  /**
   * Whether the families with one sample per protocol take their values from this kind: `blocked`, `capacity`,
   * `worst_usage_ratio`, `endpoints`, `endpoints_omitted`, `omitted_held`, `endpoints_omitted_at_risk`. At most
   * one kind of a protocol does.
   */
  readonly feedsProtocolFamilies: boolean;
  /** Whether connections that were opened are counted for each of its pools. */
  readonly countsOpens: boolean;
  /** Whether the family `autobind_available` shows its pools: any socket that names no port takes one there. */
  readonly isAutobind: boolean;
  /**
   * Whether ports that a `bind()` owns count as held. Such a port may belong to a bound but idle socket,
   * which `sockstat` does not count.
   */
  readonly countsBlockedPorts: boolean;
  /** The ports by which its pools are ranked, as a share of the capacity; see `rankRatio`. */
  readonly rankedBy: 'taken' | 'held';
  readonly alerts: readonly PoolAlert[];
  /** Whether a rule of one of these alerts applies to the pool; absent where all apply to all. */
  readonly isAlerted?: (rule: AlertRule, pool: Pick<PoolUsage, 'localAddress'>) => boolean;
  /** The name of one of its pools in a sentence. */
  readonly nameOf: (pool: PoolUsage) => string;
  /** Which call fails when no port is left, and with which error: `connect() fails with EADDRNOTAVAIL`. */
  readonly failure: string;
  /** How a sentence about an exhaustion alert begins, before the numbers; absent where the numbers suffice. */
  readonly shortage?: string;
  /** What to do when the pool runs out; absent where that hangs on the cause (src/answers/diagnosis). */
  readonly remedy?: string;
  /** The line of the text table about one of its pools; absent where each pool has a row of its own. */
  readonly availabilityOf?: (pool: AvailablePool) => string;
}
