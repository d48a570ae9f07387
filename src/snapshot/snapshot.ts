import type { EndReason, Transition } from '../alerts/evaluator.ts';
import type { AlertName, RiskLevel, Rule, Severity } from '../alerts/rules.ts';
import type { EarlierStates } from '../history/trend.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { SocketCounts } from '../kernel/proc/net/net-sockstat.ts';
import type { PortRange, PortSettings } from '../kernel/proc/sysctl.ts';
import type { SourceName } from '../kernel/socket-row.ts';
import type { CallFailures } from '../pools/failures.ts';
import type { OwnersSight, PoolOwners } from '../owners/owner.ts';
import type { Hazards } from '../pools/hazards.ts';
import type { RangeParts } from '../pools/port-budget.ts';
import type { PoolKind, PoolUsage, Protocol } from '../pools/pool.ts';
import type { ConntrackReading } from '../scan/conntrack-watch.ts';
import type { PartReport } from '../scan/parts.ts';
import type { ScanProblems } from '../scan/scan-result.ts';
import type { ServicePortsSnapshot } from './service-ports.ts';

/**
 * What page and log show of one poll: immutable, and sent to the main thread after each poll. Everything else that the
 * poll found is in its details (`SnapshotDetails`), which are made on request.
 */
export interface Snapshot {
  /** Unix time at which the poll began, in seconds. */
  readonly takenAtSeconds: number;
  readonly durationSeconds: number;
  /** What was read by each source in use; that of the host's namespace first. */
  readonly sources: readonly SourceReading[];
  /** Why /proc was read in the exporter's own namespace although netlink was preferred; empty where it works there. */
  readonly fallbackReason: string;
  /**
   * The host's namespace (or the exporter's own, where the host's cannot be read), then those in which something is
   * exported or at risk.
   */
  readonly namespaces: readonly NamespaceSnapshot[];
  readonly counts: NamespaceCounts;
  /** Connect endpoints alive in all namespaces that were read. */
  readonly endpoints: number;
  readonly problems: ScanProblems;
  /** Refused calls of which only the namespace is known, for lack of room; undefined where refused calls are not counted. */
  readonly failuresWithoutEndpoint: number | undefined;
  /** Connection tracking of the host's namespace; undefined where there is none, or it could not be read. */
  readonly conntrack: ConntrackReading | undefined;
  /** What can be told about who holds ports. */
  readonly ownersSight: OwnersSight;
  /** What the poll did part by part, in the order of the table of parts. */
  readonly parts: readonly PartReport[];
  readonly servicePorts: ServicePortsSnapshot;
  readonly alerts: AlertsSnapshot;
}

/** How many namespaces there are, by what the poll did. */
export interface NamespaceCounts {
  readonly scanned: number;
  /** Had too few sockets to be read. */
  readonly gated: number;
  /** Are known but could not be read. */
  readonly denied: number;
  /** Are beyond `namespaces.limit`. */
  readonly unwatched: number;
  /** Are of a pod that is known by name, among those that were scanned, gated or denied. */
  readonly pods: number;
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

/** One network namespace whose tables were read. */
export interface NamespaceSnapshot {
  /** The exporter's number for it, which its pools have too. */
  readonly id: number;
  readonly identity: NetnsIdentity;
  /** What a shell on the host puts in front of a line that is to run inside; empty where nothing is needed, or known. */
  readonly enterBy: string;
  readonly settings: Pick<PortSettings, 'range' | 'rangeAssumed' | 'timeWaitReuseDelayMs'> & {
    /** Undefined where it could not be read. */
    readonly timeWaitReuse: number | undefined;
    /** `ip_local_reserved_ports`, inside the range or not; undefined where they could not be read. */
    readonly reserved: readonly PortRange[] | undefined;
  };
  readonly rangeSize: number;
  /** Reserved ports inside the range; undefined where they could not be read. */
  readonly reserved: number | undefined;
  /** Ports that connect() and bind() may pick, by the order in which they do; and how many of them are blocked. */
  readonly parts: { readonly usable: RangeParts; readonly blocked: RangeParts };
  /** The highest level that fires in it. */
  readonly riskLevel: RiskLevel;
  /** Its pools by kind, in the order of the table of kinds; kinds that the kernel does not have are left out. */
  readonly kinds: readonly KindSnapshot[];
  readonly hazards: Hazards;
  /** Refused calls since the exporter began to count; undefined where they are not counted. */
  readonly failures: CallFailures | undefined;
  /** From `sockstat` and `sockstat6`; undefined where they could not be read. */
  readonly sockets: SocketCounts | undefined;
}

/** The pools of one kind in one namespace. */
export interface KindSnapshot {
  readonly kind: PoolKind;
  readonly protocol: Protocol;
  /** Whether the namespace uses the kind, or did so within the history window. */
  readonly inUse: boolean;
  /** Ports that one pool can use. */
  readonly capacity: number;
  /** Ports of the range that a `bind()` owns, so that no pool of the kind can have them. */
  readonly blocked: number;
  /** Of the fullest pool, exported or not. */
  readonly worstUsageRatio: number;
  /** Pools alive: they hold a port, or did so within the history window. */
  readonly alive: number;
  /** Ports held, summed over all pools. */
  readonly held: number;
  /** The pools that have series of their own. */
  readonly exported: readonly PoolSnapshot[];
  /** Pools at risk that did not fit below `endpoints.limit_at_risk`. */
  readonly omittedAtRisk: number;
  /** All pools of a kind that a namespace shares; none of a kind with a pool for each endpoint. */
  readonly shared: readonly SharedPoolSnapshot[];
}

/** What the snapshot has of a pool that a whole namespace shares. */
export type SharedPoolSnapshot = Pick<
  PoolUsage,
  'family' | 'localAddress' | 'capacity' | 'available'
>;

/** A pool, and who holds its ports; undefined where nothing is known of that. */
export interface OwnedPool extends PoolUsage {
  readonly owners: PoolOwners | undefined;
}

/** A pool with the trend of its history and its risk level. */
export interface PoolSnapshot extends OwnedPool {
  readonly riskLevel: RiskLevel;
  /** The highest usage ratio in the history window; undefined without a history. */
  readonly peakRatio: number | undefined;
  /** Seconds; 0 exhausted, infinite while not heading there, undefined with too few samples. */
  readonly timeToExhaustionSeconds: number | undefined;
  /** What it held up to a minute before; undefined without a history, and for one that is not at risk. */
  readonly earlier: EarlierStates | undefined;
  /**
   * Connections that were opened since the exporter follows the pool, as far as polls prove it; undefined without a history
   * and where they are not counted.
   */
  readonly opens: number | undefined;
}

export interface AlertSnapshot {
  readonly alert: AlertName;
  readonly severity: Severity;
  /** The namespace that the pool belongs to. */
  readonly identity: NetnsIdentity;
  readonly pool: PoolSnapshot;
  /** How old the numbers of the pool are: above 0 while it cannot be read. */
  readonly ageSeconds: number;
}

export interface TransitionSnapshot extends AlertSnapshot {
  readonly change: Transition['change'];
  /** Why it ended; undefined for another change. */
  readonly reason: EndReason | undefined;
  readonly threshold: number;
  /** How long it fired; 0 for one that began. */
  readonly lastedSeconds: number;
  /**
   * What the pool held over time, oldest first; only of one that begins to be critical, and where many begin at one poll
   * only of some.
   */
  readonly past?: readonly EarlierStates[];
}

export interface AlertsSnapshot {
  /**
   * Alerts that fire for exported pools, and for pools of kinds that are not exported; those of pools that could not be
   * read among them, for a while.
   */
  readonly firing: readonly AlertSnapshot[];
  /** Those that began or ceased to fire at this poll. */
  readonly transitions: readonly TransitionSnapshot[];
  /** How many more did so, for endpoints that are not exported. */
  readonly otherTransitions: number;
  /** The thresholds this poll was evaluated by. */
  readonly thresholds: readonly Pick<Rule, 'alert' | 'severity' | 'unit' | 'threshold'>[];
}
