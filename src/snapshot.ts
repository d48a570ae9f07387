import type { Family } from './kernel/address.ts';
import type { NetnsIdentity } from './kernel/netns.ts';
import type { SocketCounts } from './kernel/proc-net-sockstat.ts';
import type { PortRange, PortSettings } from './kernel/sysctl.ts';
import type { Hazards } from './pools/hazards.ts';
import type { PoolUsage } from './pools/pool.ts';

/** What one poll found, whole and immutable: all that leaves the sampler. */
export interface Snapshot {
  /** Unix time at which the poll began, in seconds. */
  readonly takenAtSeconds: number;
  readonly durationSeconds: number;
  readonly source: 'proc';
  /** Socket rows read. */
  readonly rows: number;
  /** Rows that were cut or unreadable. */
  readonly damagedRows: number;
  /** Rows that the kernel listed twice. */
  readonly repeatedRows: number;
  readonly namespaces: readonly NamespaceSnapshot[];
}

/** One network namespace. */
export interface NamespaceSnapshot {
  readonly identity: NetnsIdentity;
  readonly settings: PortSettings;
  /** Without `ipv6` where the kernel has no IPv6 sockets. */
  readonly families: readonly Family[];
  readonly rangeSize: number;
  /** Reserved ports inside the range. */
  readonly reserved: number;
  readonly tcp: TcpSnapshot;
  readonly udp: UdpSnapshot;
  readonly hazards: Hazards;
  /** From `sockstat` and `sockstat6`. */
  readonly sockets: SocketCounts;
  /** TIME_WAITs the kernel has dropped because there were too many; undefined where it does not say. */
  readonly timeWaitOverflows: number | undefined;
}

export interface TcpSnapshot {
  /** Ports of the range that a `bind()` owns. */
  readonly blocked: number;
  readonly capacity: number;
  readonly worstUsageRatio: number;
  /** Connect endpoints alive. */
  readonly endpoints: number;
  /** Ports held, summed over all endpoints. */
  readonly held: number;
  /** The exported endpoints. */
  readonly exported: readonly PoolUsage[];
  /** The fullest endpoints, exported or not, fullest first. */
  readonly fullest: readonly PoolUsage[];
  /** The `bind(0)` pools, one per family. */
  readonly bind: readonly PoolUsage[];
  readonly inboundRows: number;
  /** Ports of the range with a listener. */
  readonly listeningPorts: readonly PortRange[];
  /** Ports of the range that a `bind()` owns. */
  readonly blockedPorts: readonly PortRange[];
  /** Ports of the range with any TCP socket. */
  readonly occupiedPorts: readonly PortRange[];
}

export interface UdpSnapshot {
  readonly capacity: number;
  readonly worstUsageRatio: number;
  /** One per family. */
  readonly pools: readonly PoolUsage[];
  readonly exported: readonly PoolUsage[];
}
