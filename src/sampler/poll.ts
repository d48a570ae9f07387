import {
  AlertEvaluator,
  type EvaluatedPool,
  type Evaluation,
  type Observation,
} from '../alerts/evaluator.ts';
import { type AlertsOptions, buildRules, type Rule } from '../alerts/rules.ts';
import { type Selection, Shortlist, type ShortlistOptions } from '../alerts/shortlist.ts';
import { type Clock, SYSTEM_CLOCK } from '../kernel/clock.ts';
import { History, type HistoryOptions } from '../history/history.ts';
import type { NamespacesOptions } from '../namespaces/namespaces.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { AllPools } from '../scan/all-pools.ts';
import { describeAlerts } from '../snapshot/describe-alerts.ts';
import { describeNamespaces, describeSources } from '../snapshot/describe-namespaces.ts';
import { Gate, type GateMaker } from '../scan/gate.ts';
import { type SourceChoice, Sources } from '../scan/sources.ts';
import { NamespaceScan } from '../scan/scan.ts';

export interface PollOptions {
  /** Where procfs is mounted. */
  readonly procfs: string;
  readonly source: SourceChoice;
  readonly namespaces: NamespacesOptions;
  readonly history: HistoryOptions;
  readonly alerts: AlertsOptions;
  readonly shortlist: ShortlistOptions;
  /** One poll is all there will be: judged with hold 0, and nothing is said that needs a past. */
  readonly once?: boolean;
}

/** What a test may put in place of the usual. */
export interface PollerParts {
  readonly clock?: Clock;
  readonly makeGate?: GateMaker;
}

/** Polls: kernel rows → census → pools → history → alerts → snapshot. */
export class Poller {
  #options: PollOptions;
  #rules: readonly Rule[];
  #history: History;
  readonly #clock: Clock;
  readonly #makeGate: GateMaker;
  readonly #scan: NamespaceScan;
  readonly #sources: Sources;
  readonly #evaluator: AlertEvaluator;
  readonly #shortlist: Shortlist;
  /** Namespaces with a pool that is exported, at risk, or used enough lately to be worth a series. */
  #busy: ReadonlySet<number> = new Set();
  /** The pools of the last poll. */
  #before: readonly EvaluatedPool[] = [];

  constructor(
    options: PollOptions,
    {
      clock = SYSTEM_CLOCK,
      makeGate = (rules, shortlist) => new Gate(rules, shortlist),
    }: PollerParts = {},
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#makeGate = makeGate;
    this.#rules = rulesOf(options);
    this.#scan = new NamespaceScan(options.procfs, {
      ...options.namespaces,
      once: options.once === true,
    });
    this.#sources = new Sources(options.source);
    this.#history = new History(options.history);
    this.#evaluator = new AlertEvaluator(this.#rules);
    this.#shortlist = new Shortlist(options.shortlist);
  }

  /** Puts other options in force from the next poll on. The past is kept unless its shape changed. */
  reconfigure(options: PollOptions): void {
    if (dropsHistory(this.#options.history, options.history)) {
      this.#history = new History(options.history);
    }
    this.#options = options;
    this.#scan.replaceOptions(options.namespaces);
    this.#sources.choose(options.source);
    this.#rules = rulesOf(options);
    this.#evaluator.replaceRules(this.#rules);
    this.#shortlist.replaceOptions(options.shortlist);
  }

  /** One poll, synchronous. Throws `KernelError`; the next poll goes on from the last good one. */
  poll(): Snapshot {
    const takenAtSeconds = this.#clock.unixSeconds();
    const startMs = performance.now();
    const nowMs = this.#clock.monotonicMs();
    const nowSeconds = nowMs / 1000;
    const found = this.#scan.read({
      nowMs,
      takenAtSeconds,
      intervalMs: this.#options.history.intervalSeconds * 1000,
      gate: this.#makeGate(this.#rules, this.#options.shortlist),
      sources: this.#sources,
      busy: this.#busy,
      followed: this.#options.history.pools,
    });
    const all = new AllPools(found, this.#options.history.pools, this.#before);
    const evaluation = this.#evaluator.evaluate(this.#observe(all, nowSeconds), nowSeconds);
    const selection = this.#shortlist.update(
      evaluation.pools.filter(({ usage }) => usage.kind !== 'bind'),
      nowSeconds,
    );
    this.#before = evaluation.pools;
    this.#busy = busyNamespaces(evaluation, selection, this.#options.shortlist);
    return {
      takenAtSeconds,
      namespaces: describeNamespaces(found.scanned, evaluation, selection),
      gated: found.gated,
      denied: found.denied,
      problems: found.problems,
      alerts: describeAlerts(found.scanned, evaluation, selection, {
        rules: this.#rules,
        limitAtRisk: this.#options.shortlist.limitAtRisk,
      }),
      sources: describeSources(found.scanned, performance.now() - startMs),
      fallbackReason: this.#sources.fallbackReason,
      durationSeconds: (performance.now() - startMs) / 1000,
    };
  }

  /** One poll alone has no past. */
  #observe(pools: AllPools, nowSeconds: number): readonly Observation[] {
    if (this.#options.once) return pools.all.map((usage) => ({ usage, trend: undefined }));
    return this.#history.record(pools.all, nowSeconds, (pool) => pools.usageOf(pool));
  }
}

/**
 * Namespaces whose tables must be read at the next poll too. Without that a pool that had its peak a while
 * ago would leave the ranking as soon as it is quiet, and others would come in in its place.
 */
function busyNamespaces(
  { pools }: Evaluation,
  { exported }: Selection,
  { minRatio }: ShortlistOptions,
): ReadonlySet<number> {
  const used = pools.filter(
    ({ usage, trend, riskLevel }) =>
      riskLevel > 0 || (usage.kind !== 'bind' && (trend?.peakRatio ?? 0) >= minRatio),
  );
  return new Set([...used, ...exported].map(({ usage }) => usage.namespaceId));
}

function rulesOf({ alerts, once }: PollOptions): readonly Rule[] {
  const rules = buildRules(alerts);
  return once ? rules.map((rule) => ({ ...rule, holdSeconds: 0 })) : rules;
}

/** Whether a change of options begins the history anew. */
export function dropsHistory(before: HistoryOptions, after: HistoryOptions): boolean {
  return (
    before.windowSeconds !== after.windowSeconds ||
    before.intervalSeconds !== after.intervalSeconds ||
    before.pools !== after.pools
  );
}
