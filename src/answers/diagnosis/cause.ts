import type { PoolKind, PoolUsage } from '../../pools/pool.ts';
import type { NamespaceSnapshot, PoolSnapshot } from '../../snapshot/snapshot.ts';

/** Why a pool runs out of ports: the values of the label `cause`. */
export type CauseName =
  | 'connection_churn'
  | 'connection_leak'
  | 'large_pool'
  | 'unanswered_connects'
  | 'nat_exhausted'
  | 'bind_before_connect'
  | 'explicit_ports'
  | 'blocked_range'
  | 'reserved_range'
  | 'narrow_range'
  | 'udp_per_request'
  | 'slow_first_pass'
  | 'unknown';

/** Why a pool runs out, and what shows it. */
export interface Cause {
  readonly name: CauseName;
  /** Without the full stop; empty where the cause is not known. */
  readonly evidence: string;
  /** Where most of the ports are, where that is another pool than the one that runs out: the largest first. */
  readonly culprits: readonly PoolUsage[];
}

/** What a cause is judged from: the pool, with its past where one is known. */
export type JudgedPool = PoolUsage & Partial<Pick<PoolSnapshot, 'earlier'>>;

/** What is known beside the pool. */
export interface Surroundings {
  /** Undefined where its namespace could not be read. */
  readonly namespace: SurroundingNamespace | undefined;
  /**
   * Connections that NAT on this host refused in the last minute, or ever where only one poll was made (`insert_failed` of
   * /proc/net/stat/nf_conntrack); undefined where that is not known.
   */
  readonly natRefusals: number | undefined;
  /** Whether pods run on this host, so that kube-proxy may give NodePorts to it. */
  readonly hasPods: boolean;
}

/** A namespace; in full where all its pools are known. */
export interface SurroundingNamespace extends NamespaceSnapshot {
  readonly fullest?: ReadonlyMap<PoolKind, readonly PoolUsage[]>;
  readonly otherListeningPorts?: Uint16Array;
}
