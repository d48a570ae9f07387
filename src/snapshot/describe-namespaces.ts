import type { EvaluatedPool, Evaluation } from '../alerts/evaluator.ts';
import type { Observed } from '../alerts/observer.ts';
import type { RiskLevel } from '../alerts/rules.ts';
import type { Selection } from '../alerts/shortlist.ts';
import type { PortSettings, SettingKey } from '../kernel/proc/sysctl.ts';
import { TCP_CLOSE, TCP_LISTEN } from '../kernel/socket-row.ts';
import type { RemoteEnd } from '../pools/connect.ts';
import { findHazards } from '../pools/hazards.ts';
import { kindOf } from '../pools/kinds.ts';
import type { PoolUsage } from '../pools/pool.ts';
import type { PoolView } from '../pools/pool-view.ts';
import type { PortSet } from '../pools/tables/port-set.ts';
import type { NamespaceReading } from '../scan/namespace-reader.ts';
import {
  allOf,
  describeKind,
  fullestOf,
  type NamespaceSelection,
  type OwnersOf,
} from './describe-pools.ts';
import type { NamespaceDetails } from './details.ts';
import type { NamespaceSnapshot } from './snapshot.ts';

/** What alerts and selection decided about a poll's pools. */
export interface Outcome {
  readonly evaluation: Evaluation;
  readonly selection: Selection;
  readonly idle: Observed['idle'];
  readonly ownersOf: OwnersOf;
}

/** The outcome of a namespace in which nothing can be exported and no alert can fire. */
export const QUIET_OUTCOME: Outcome = {
  evaluation: { pools: [], firing: [], pending: [], transitions: [] },
  selection: { exported: [], omittedAtRisk: [] },
  idle: () => 0,
  ownersOf: () => undefined,
};

/** Describes namespaces that were read. */
export class NamespaceDescriber {
  readonly #idle: Observed['idle'];
  readonly #ownersOf: OwnersOf;
  readonly #host: PortSettings | undefined;
  readonly #exported: ReadonlyMap<number, readonly EvaluatedPool[]>;
  readonly #omittedAtRisk: ReadonlyMap<number, readonly EvaluatedPool[]>;
  readonly #riskLevels: ReadonlyMap<number, RiskLevel>;

  /** `host` is the settings of the host's namespace, where they are known. */
  constructor({ evaluation, selection, idle, ownersOf }: Outcome, host: PortSettings | undefined) {
    this.#idle = idle;
    this.#ownersOf = ownersOf;
    this.#host = host;
    this.#exported = byNamespace(selection.exported);
    this.#omittedAtRisk = byNamespace(selection.omittedAtRisk);
    this.#riskLevels = riskLevels(evaluation.pools);
  }

  /** Whether something in it is exported or at risk. */
  hasExportedOrAtRisk({ namespace: { id } }: NamespaceReading): boolean {
    return this.#exported.has(id) || (this.#riskLevels.get(id) ?? 0) > 0;
  }

  describe(reading: NamespaceReading): NamespaceSnapshot {
    const { namespace, settings, budget, tcp, connect, views, failures, sockets } = reading;
    const isComparable = !settings.rangeAssumed && this.#host?.rangeAssumed === false;
    const selection = this.#selectionOf(namespace.id);
    return {
      id: namespace.id,
      identity: namespace.identity,
      enterBy: namespace.enterBy,
      settings: knownSettings(settings),
      rangeSize: budget.rangeSize,
      reserved: isUnread(settings, 'reserved') ? undefined : budget.reserved,
      parts: {
        usable: budget.partsOf(budget.usable),
        blocked: budget.partsOf(connect.blockedPorts),
      },
      riskLevel: this.#riskLevels.get(namespace.id) ?? 0,
      kinds: views.map((view) => describeKind(view, selection)),
      hazards: findHazards(tcp, isComparable ? this.#host.range : undefined),
      failures: failures && { connect: failures.connect, bind: failures.bind },
      sockets,
    };
  }

  /** Describes everything about a namespace, with its `endpoints` fullest endpoints, or all those of one remote end. */
  describeInFull(
    reading: NamespaceReading,
    endpoints: number,
    towards?: RemoteEnd,
  ): NamespaceDetails {
    const { tcp, connect, budget, views, settings, families, showsAllRows } = reading;
    const inRange = (ports: PortSet): Uint16Array => ports.intersection(budget.usable).toRuns();
    const fullest = views.map((view) => {
      const pools = kindOf(view.kind).isShared
        ? allOf(view)
        : listedOf(view, reading, endpoints, towards);
      const owned = pools.map((pool) => ({ ...pool, owners: this.#ownersOf(pool) }));
      return [view.kind, owned] as const;
    });
    return {
      ...this.describe(reading),
      settings,
      families,
      timeWaitOverflows: reading.timeWaitOverflows,
      firstPass: connect.firstPass,
      fullest: new Map(fullest),
      undecided: tcp.undecidedPorts.intersectionSize(budget.usable),
      closedListeners: tcp.closedListenerPorts.intersectionSize(budget.usable),
      inboundRows: showsAllRows ? tcp.inboundRows : undefined,
      rowsByState: knownRowsByState(reading),
      listeningPorts: inRange(tcp.listening),
      otherListeningPorts: tcp.listening.difference(budget.usable).toRuns(),
      blockedPorts: connect.blockedPorts.toRuns(),
      occupiedPorts: inRange(tcp.bindConflicts.any),
    };
  }

  #selectionOf(id: number): NamespaceSelection {
    return {
      id,
      idle: this.#idle,
      ownersOf: this.#ownersOf,
      exported: this.#exported.get(id) ?? [],
      omittedAtRisk: this.#omittedAtRisk.get(id) ?? [],
    };
  }
}

function listedOf(
  view: PoolView,
  { connect }: NamespaceReading,
  endpoints: number,
  towards: RemoteEnd | undefined,
): readonly PoolUsage[] {
  if (towards === undefined || view.kind !== connect.kind) return fullestOf(view, endpoints);
  const pools = connect.towards(towards).map((index) => connect.usageAt(index));
  return pools.filter(({ held }) => held > 0).toSorted((a, b) => b.held - a.held);
}

/** Those that could not be read are undefined. */
function knownSettings(settings: PortSettings): NamespaceSnapshot['settings'] {
  const { range, rangeAssumed, timeWaitReuse, timeWaitReuseDelayMs, reserved } = settings;
  return {
    range,
    rangeAssumed,
    timeWaitReuse: isUnread(settings, 'timeWaitReuse') ? undefined : timeWaitReuse,
    timeWaitReuseDelayMs,
    reserved: isUnread(settings, 'reserved') ? undefined : reserved,
  };
}

function isUnread({ unread }: PortSettings, key: SettingKey): boolean {
  return unread?.keys.has(key) === true;
}

/** No source shows all sockets that are bound and idle: /proc none of them, netlink those of the range. */
function knownRowsByState({
  tcp,
  showsAllRows,
}: NamespaceReading): NamespaceDetails['rowsByState'] {
  return Array.from(tcp.rowsByState, (rows, state) =>
    state === TCP_LISTEN || (showsAllRows && state !== TCP_CLOSE) ? rows : undefined,
  );
}

function riskLevels(pools: readonly EvaluatedPool[]): ReadonlyMap<number, RiskLevel> {
  const levels = new Map<number, RiskLevel>();
  for (const { usage, riskLevel } of pools) {
    if (riskLevel > (levels.get(usage.namespaceId) ?? 0)) levels.set(usage.namespaceId, riskLevel);
  }
  return levels;
}

function byNamespace(
  pools: readonly EvaluatedPool[],
): ReadonlyMap<number, readonly EvaluatedPool[]> {
  const groups = new Map<number, EvaluatedPool[]>();
  for (const pool of pools) {
    const group = groups.get(pool.usage.namespaceId);
    if (group === undefined) groups.set(pool.usage.namespaceId, [pool]);
    else group.push(pool);
  }
  return groups;
}
