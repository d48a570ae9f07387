import { AlertEvaluator, type Evaluation } from '../alerts/evaluator.ts';
import type { Observed, PoolObserver } from '../alerts/observer.ts';
import type { AlertsOptions, Rule } from '../alerts/rules.ts';
import { type Selection, Shortlist, type ShortlistOptions } from '../alerts/shortlist.ts';
import type { HistoryOptions } from '../history/history.ts';
import type { FailureStore } from '../kernel/bpf/failure-store.ts';
import type { TcpRows } from '../kernel/bpf/tcp-rows.ts';
import { type Clock, SYSTEM_CLOCK } from '../kernel/clock.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { NamespacesOptions } from '../namespaces/namespaces.ts';
import { OwnerFinder, type OwnersOptions } from '../owners/owner-finder.ts';
import type { EarlierStates, Trend } from '../history/trend.ts';
import { kindOf } from '../pools/kinds.ts';
import type { RemoteEnd } from '../pools/connect.ts';
import { byIdentity, type Pool, type PoolUsage } from '../pools/pool.ts';
import { BpfRows } from '../scan/bpf-rows.ts';
import { Failures, type FailuresChoice } from '../scan/failures.ts';
import { Gate, type GateMaker } from '../scan/gate.ts';
import type { SettingsChange } from '../scan/namespace-reader.ts';
import type { ServiceOption } from '../pools/services/service-option.ts';
import { type PartReport, PartMeter } from '../scan/parts.ts';
import { NamespaceScan, type NamespaceListener } from '../scan/scan.ts';
import type { ScanResult } from '../scan/scan-result.ts';
import { type Began, type Followed, PortWatch } from '../scan/port-watch.ts';
import { ServicePortWatch } from '../scan/service-port-watch.ts';
import { type SourceChoice, Sources } from '../scan/sources.ts';
import { dropsHistory, failuresChoice, observerOf, rulesOf } from './made-by-options.ts';
import { staleAfter } from './schedule.ts';
import { type ListedEndpoints, SnapshotDescriber } from '../snapshot/describe.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export interface PollOptions {
  /** Where procfs is mounted. */
  readonly procfs: string;
  readonly source: SourceChoice;
  /** Whether refused calls are counted where they can be. */
  readonly failures: FailuresChoice;
  readonly namespaces: NamespacesOptions;
  readonly owners: Pick<OwnersOptions, 'find' | 'cgroupfs'>;
  readonly history: HistoryOptions;
  readonly alerts: AlertsOptions;
  readonly shortlist: ShortlistOptions;
  /** The service ports that are named. */
  readonly services?: readonly ServiceOption[];
  /** Only one poll is made: alerts fire at once, and there are no trends. */
  readonly once?: boolean;
}

/** What else a poller is given: parts that a test replaces; what a command asks about, and who follows the poll. */
export interface PollerParts {
  readonly clock?: Clock;
  readonly makeGate?: GateMaker;
  /** Where what counts failures is kept beyond this thread. */
  readonly failureStore?: FailureStore;
  /** Loads the BPF program that lists sockets. */
  readonly openTcpRows?: () => TcpRows;
  readonly changeSettings?: SettingsChange;
  readonly askedAbout?: RemoteEnd;
  readonly onNamespace?: NamespaceListener;
}

/** One poll after the other: kernel rows → census → pools → history → alerts → snapshot. */
export class Poller {
  #options: PollOptions;
  #rules: readonly Rule[];
  #observer: PoolObserver;
  readonly #clock: Clock;
  readonly #makeGate: GateMaker;
  readonly #changeSettings: SettingsChange | undefined;
  readonly #onNamespace: NamespaceListener | undefined;
  readonly #scan: NamespaceScan;
  readonly #sources: Sources;
  readonly #failures: Failures;
  readonly #evaluator: AlertEvaluator;
  readonly #shortlist: Shortlist;
  readonly #owners: OwnerFinder;
  readonly #parts = new PartMeter();
  readonly #servicePorts = new ServicePortWatch();
  readonly #ports = new PortWatch();
  readonly #describer = new SnapshotDescriber(this.#servicePorts);
  /** Ids of namespaces with a pool that is exported, at risk, or was above `minRatio` in the history window. */
  #alwaysRead: ReadonlySet<number> = new Set();

  constructor(
    options: PollOptions,
    {
      clock = SYSTEM_CLOCK,
      makeGate = (rules, shortlist) => new Gate(rules, shortlist),
      failureStore,
      openTcpRows,
      changeSettings,
      askedAbout,
      onNamespace,
    }: PollerParts = {},
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#makeGate = makeGate;
    this.#changeSettings = changeSettings;
    this.#onNamespace = onNamespace;
    this.#rules = rulesOf(options);
    const once = options.once === true;
    this.#scan = new NamespaceScan(options.procfs, { ...options.namespaces, once });
    this.#scan.nameServices(options.services ?? []);
    this.#sources = new Sources(options.source, new BpfRows(openTcpRows));
    this.#failures = new Failures(failuresChoice(options), failureStore);
    this.#observer = observerOf(options);
    this.#evaluator = new AlertEvaluator(this.#rules);
    this.#shortlist = new Shortlist(options.shortlist);
    const { procfs, namespaces, owners } = options;
    const { podLogs } = namespaces;
    this.#owners = new OwnerFinder({ ...owners, procfs, podLogs, once, askedAbout });
  }

  /**
   * Puts other options in force from the next poll on. The history is kept unless its dimensions changed. Throws
   * `RangeError` where there is no memory for a new one; then nothing has changed.
   */
  reconfigure(options: PollOptions): void {
    if (dropsHistory(this.#options.history, options.history)) this.#observer = observerOf(options);
    this.#options = options;
    this.#scan.replaceOptions(options.namespaces);
    this.#scan.nameServices(options.services ?? []);
    this.#sources.choose(options.source);
    this.#failures.choose(failuresChoice(options));
    this.#rules = rulesOf(options);
    this.#evaluator.replaceRules(this.#rules);
    this.#shortlist.replaceOptions(options.shortlist);
    this.#owners.replaceOptions(options.owners);
  }

  /** Polls once, synchronously. Throws `KernelError`; the next poll then builds on the last that succeeded. */
  poll(): Snapshot {
    const startMs = performance.now();
    const takenAtSeconds = this.#clock.unixSeconds();
    const nowSeconds = this.#clock.monotonicMs() / 1000;
    this.#describer.forget();
    const scan = this.#read(nowSeconds);
    this.#servicePorts.update(scan, takenAtSeconds);
    this.#ports.update(scan, takenAtSeconds);
    const { observations, idle, aboveMinRatio } = this.#observe(scan, nowSeconds);
    const evaluation = this.#evaluator.evaluate(observations, nowSeconds, scan.endOf);
    const selection = this.#select(evaluation, nowSeconds);
    this.#alwaysRead = new Set([...aboveMinRatio, ...namespacesOf(evaluation, selection)]);
    const owners = this.#owners.find({
      readings: scan.readings,
      pools: selection.exported,
      nowMs: nowSeconds * 1000,
      parts: this.#parts,
    });
    return this.#describer.describe(scan, {
      outcome: { evaluation, selection, idle, ownersOf: owners.ownersOf },
      rules: this.#rules,
      limitAtRisk: this.#options.shortlist.limitAtRisk,
      takenAtSeconds,
      fallbackReason: this.#sources.fallbackReason,
      failuresWithoutEndpoint: this.#failures.withoutEndpoint,
      ownersSight: owners.sight,
      parts: this.parts,
      elapsedMs: () => performance.now() - startMs,
    });
  }

  /** What the last poll did part by part, also where it failed: then of those parts that it came to. */
  get parts(): readonly PartReport[] {
    return this.#parts.reports();
  }

  /**
   * Everything that the last poll found, with `listed` endpoints; undefined before the first poll and after one that failed.
   */
  details(listed?: ListedEndpoints): SnapshotDetails | undefined {
    return this.#describer.details(listed);
  }

  /** As `details`, with the endpoints of a remote end alone, all of them. */
  detailsTowards(remote: RemoteEnd): SnapshotDetails | undefined {
    return this.#describer.details(undefined, remote);
  }

  /** What the history shows of a pool of the last poll; undefined where it does not follow it. */
  trendOf(pool: PoolUsage): Trend | undefined {
    const ticket = this.#describer.ticketOf(pool);
    return ticket === 0 ? undefined : this.#observer.trendOf(ticket, pool);
  }

  /** The held ports of a pool by state over the history window, oldest first; empty for one that is neither exported nor at risk. */
  statesOverTime(pool: Pool): readonly EarlierStates[] {
    return this.#observer.statesOverTime((usage) => byIdentity(usage, pool) === 0);
  }

  /** Since when polls have found a port so; undefined where it is not so, or not remembered. */
  portBegan(identity: NetnsIdentity, port: number, what: Followed): Began | undefined {
    return this.#ports.began(identity, port, what);
  }

  /** Closes what polls have open: for one that is not needed any more while the process lives on. */
  close(): void {
    this.#sources.choose('proc');
    this.#failures.choose('off');
    this.#scan.close();
  }

  #read(nowSeconds: number): ScanResult {
    const { history, shortlist } = this.#options;
    this.#parts.begin();
    return this.#scan.read({
      parts: this.#parts,
      nowMs: nowSeconds * 1000,
      intervalMs: history.intervalSeconds * 1000,
      gate: this.#makeGate(this.#rules, shortlist),
      sources: this.#sources,
      failures: this.#failures,
      alwaysRead: this.#alwaysRead,
      changeSettings: this.#changeSettings,
      onNamespace: this.#onNamespace,
    });
  }

  #observe({ readings, isUnread }: ScanResult, nowSeconds: number): Observed {
    const { once = false, shortlist, history } = this.#options;
    const namespaces = readings.map(({ namespace, views }) => {
      return { namespaceId: namespace.id, views };
    });
    const keepUnreadSeconds = staleAfter(history.intervalSeconds);
    const options = { ...shortlist, rules: this.#rules, once, keepUnreadSeconds };
    return this.#observer.observe({ namespaces, isUnread }, nowSeconds, options);
  }

  #select({ pools }: Evaluation, nowSeconds: number): Selection {
    const exportable = pools.filter(({ usage }) => kindOf(usage.kind).isExported(usage));
    const selection = this.#shortlist.update(exportable, nowSeconds);
    const exported = new Set(selection.exported.map(({ usage }) => usage));
    this.#observer.keep((usage) => exported.has(usage) || this.#evaluator.isPendingOrFiring(usage));
    return selection;
  }
}

/**
 * Namespaces with a pool that is exported or at risk: their tables are read at the next poll too. Otherwise a pool that
 * had its peak a while ago would leave the ranking as soon as its namespace is quiet, and another would replace it.
 */
function namespacesOf({ pools }: Evaluation, { exported }: Selection): readonly number[] {
  const atRisk = pools.filter(({ riskLevel }) => riskLevel > 0);
  return [...atRisk, ...exported].map(({ usage }) => usage.namespaceId);
}
