import type { AlertName, RiskLevel, Rule, Severity } from '../alerts/rules.ts';
import type { Family } from '../kernel/address.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { SocketCounts } from '../kernel/proc/net-sockstat.ts';
import type { SourceName } from '../kernel/socket-row.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import type { Hazards } from '../pools/hazards.ts';
import type { PoolUsage } from '../pools/pool.ts';

/** What one poll found, whole and immutable: all that leaves the sampler. */
export interface Snapshot {
  /** Unix time at which the poll began, in seconds. */
  readonly takenAtSeconds: number;
  readonly durationSeconds: number;
  /** What was read by each source in use; that of the host's namespace first. */
  readonly sources: readonly SourceReading[];
  /** Why it is not netlink although that was preferred; empty where nothing went wrong. */
  readonly fallbackReason: string;
  /** The host's namespace (or the exporter's own, where that is out of sight), then the others that were read. */
  readonly namespaces: readonly NamespaceSnapshot[];
  /** Namespaces with so few sockets that nothing there can be exported. */
  readonly gated: readonly GatedSnapshot[];
  /** Namespaces that are known and could not be read. */
  readonly denied: number;
  readonly problems: ScanProblems;
  readonly alerts: AlertsSnapshot;
}

/** What one source gave in one poll, over all namespaces. */
export interface SourceReading {
  readonly source: SourceName;
  readonly durationSeconds: number;
  /** Socket rows read. */
  readonly rows: number;
  /** Rows that were cut or unreadable. */
  readonly malformedRows: number;
  /** Outbound rows of the range that the kernel listed twice, and that counted once. */
  readonly repeatedRows: number;
}

/** What could not be learnt of other namespaces, and why; empty texts where all is well. */
export interface ScanProblems {
  /** They cannot be entered: their settings are assumed. */
  readonly settings: string;
  /** Pods cannot be named. */
  readonly names: string;
  /** The first that could not be read at all. */
  readonly refusal: string;
}

/** One network namespace that is too quiet to be read at each poll. */
export interface GatedSnapshot {
  readonly id: number;
  readonly identity: NetnsIdentity;
  /** When its tables were last read, in seconds of Unix time, and what they held; undefined before. */
  readonly lastRead:
    { readonly atSeconds: number; readonly namespace: NamespaceSnapshot } | undefined;
}

/** What is said of a poll that was not by netlink, although that was preferred. */
export function fallbackText(reason: string): string {
  return `netlink does not work here, /proc is read: ${reason}`;
}

/** A pool with what its past and the alerts say. */
export interface PoolSnapshot extends PoolUsage {
  readonly riskLevel: RiskLevel;
  /** The highest usage ratio in the history window; undefined without a history. */
  readonly peakRatio: number | undefined;
  /** Seconds; 0 exhausted, infinite while not heading there, undefined with too few samples. */
  readonly timeToExhaustionSeconds: number | undefined;
}

export interface AlertSnapshot {
  readonly alert: AlertName;
  readonly severity: Severity;
  /** The namespace that the pool belongs to. */
  readonly identity: NetnsIdentity;
  readonly pool: PoolSnapshot;
}

export interface TransitionSnapshot extends AlertSnapshot {
  readonly change: 'fired' | 'cleared';
  readonly threshold: number;
  /** How long it fired; 0 for one that began. */
  readonly lastedSeconds: number;
}

export interface AlertsSnapshot {
  /** Alerts that fire for exported endpoints and for `bind` pools. */
  readonly firing: readonly AlertSnapshot[];
  /** Those that began or ceased to fire at this poll. */
  readonly transitions: readonly TransitionSnapshot[];
  /** How many more did so, for endpoints that are not exported. */
  readonly otherTransitions: number;
  /** The thresholds this poll was judged by. */
  readonly thresholds: readonly Pick<Rule, 'alert' | 'severity' | 'unit' | 'threshold'>[];
}

/** One network namespace whose tables were read. */
export interface NamespaceSnapshot {
  /** Of this life of it: its pools have the same. */
  readonly id: number;
  readonly identity: NetnsIdentity;
  readonly settings: PortSettings;
  /** Without `ipv6` where the kernel has no IPv6 sockets. */
  readonly families: readonly Family[];
  readonly rangeSize: number;
  /** Reserved ports inside the range. */
  readonly reserved: number;
  /** The highest level that fires in it. */
  readonly riskLevel: RiskLevel;
  readonly tcp: TcpSnapshot;
  readonly udp: UdpSnapshot;
  /** Undefined where the kernel has no SCTP. */
  readonly sctp: SctpSnapshot | undefined;
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
  /** Connect endpoints alive: they hold a port, or did so within the history window. */
  readonly endpoints: number;
  /** Ports held, summed over all endpoints. */
  readonly held: number;
  /** The exported endpoints. */
  readonly exported: readonly PoolSnapshot[];
  /** Endpoints at risk for which there was no room. */
  readonly omittedAtRisk: number;
  /** The fullest endpoints, exported or not, fullest first. */
  readonly fullest: readonly PoolUsage[];
  /** The `bind(0)` pools, one per family. */
  readonly bind: readonly PoolUsage[];
  readonly inboundRows: number;
  /** Rows of the namespace, inbound ones too, by socket state as the kernel numbers it. */
  readonly rowsByState: Uint32Array;
  /** Ports of the range with a listener, as `PortSet.toRuns()` gives them. */
  readonly listeningPorts: Uint16Array;
  /** Ports of the range that a `bind()` owns. */
  readonly blockedPorts: Uint16Array;
  /** Ports of the range with any TCP socket. */
  readonly occupiedPorts: Uint16Array;
}

export interface UdpSnapshot {
  readonly capacity: number;
  readonly worstUsageRatio: number;
  /** One per family. */
  readonly pools: readonly PoolUsage[];
  readonly exported: readonly PoolSnapshot[];
  /** Pools at risk for which there was no room. */
  readonly omittedAtRisk: number;
}

export interface SctpSnapshot {
  /** Sockets, those too whose port no table shows: bound, but neither listening nor associated. */
  readonly sockets: number;
  /** Whether the namespace uses SCTP at all; a kernel that has it shows it in every namespace. */
  readonly inUse: boolean;
  readonly pool: PoolUsage;
  readonly exported: readonly PoolSnapshot[];
  /** Pools at risk for which there was no room. */
  readonly omittedAtRisk: number;
}
