import { Judge, type JudgedPool, type Judgement, type Observation } from '../alerts/evaluator.ts';
import { type AlertsOptions, buildRules, type Rule } from '../alerts/rules.ts';
import { type Selection, Shortlist, type ShortlistOptions } from '../alerts/shortlist.ts';
import { History, type HistoryOptions } from '../history/history.ts';
import type { NamespacesOptions } from '../namespaces/namespaces.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { AllPools } from '../scan/all-pools.ts';
import { describeAlerts } from '../snapshot/describe-alerts.ts';
import { describeNamespaces, describeSources } from '../snapshot/describe-namespaces.ts';
import { Gate, type GateMaker } from '../scan/gate.ts';
import { type SourceChoice, Sources } from '../scan/sources.ts';
import { Survey } from '../scan/scan.ts';

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

/** Polls: kernel rows → census → pools → history → alerts → snapshot. */
export class Poller {
  #options: PollOptions;
  #rules: readonly Rule[];
  #history: History;
  readonly #makeGate: GateMaker;
  readonly #survey: Survey;
  readonly #sources: Sources;
  readonly #judge: Judge;
  readonly #shortlist: Shortlist;
  /** Namespaces with a pool that is exported, at risk, or used enough lately to be worth a series. */
  #busy: ReadonlySet<number> = new Set();
  /** The pools of the last poll. */
  #before: readonly JudgedPool[] = [];

  constructor(
    options: PollOptions,
    makeGate: GateMaker = (rules, shortlist) => new Gate(rules, shortlist),
  ) {
    this.#options = options;
    this.#makeGate = makeGate;
    this.#rules = rulesOf(options);
    this.#survey = new Survey(options.procfs, {
      ...options.namespaces,
      once: options.once === true,
    });
    this.#sources = new Sources(options.source);
    this.#history = new History(options.history);
    this.#judge = new Judge(this.#rules);
    this.#shortlist = new Shortlist(options.shortlist);
  }

  /** Puts other options in force from the next poll on. The past is kept unless its shape changed. */
  reconfigure(options: PollOptions): void {
    if (dropsHistory(this.#options.history, options.history)) {
      this.#history = new History(options.history);
    }
    this.#options = options;
    this.#survey.replaceOptions(options.namespaces);
    this.#sources.choose(options.source);
    this.#rules = rulesOf(options);
    this.#judge.replaceRules(this.#rules);
    this.#shortlist.replaceOptions(options.shortlist);
  }

  /** One poll, synchronous. Throws `KernelError`; the next poll goes on from the last good one. */
  poll(): Snapshot {
    const takenAtSeconds = Date.now() / 1000;
    const startMs = performance.now();
    const found = this.#survey.read({
      nowMs: startMs,
      takenAtSeconds,
      intervalMs: this.#options.history.intervalSeconds * 1000,
      gate: this.#makeGate(this.#rules, this.#options.shortlist),
      sources: this.#sources,
      busy: this.#busy,
      followed: this.#options.history.pools,
    });
    const all = new AllPools(found, this.#options.history.pools, this.#before);
    const judgement = this.#judge.judge(this.#observe(all, startMs / 1000), startMs / 1000);
    const selection = this.#shortlist.update(
      judgement.pools.filter(({ usage }) => usage.kind !== 'bind'),
      startMs / 1000,
    );
    this.#before = judgement.pools;
    this.#busy = busyNamespaces(judgement, selection, this.#options.shortlist);
    return {
      takenAtSeconds,
      namespaces: describeNamespaces(found.surveyed, judgement, selection),
      gated: found.gated,
      denied: found.denied,
      problems: found.problems,
      alerts: describeAlerts(found.surveyed, judgement, selection, {
        rules: this.#rules,
        limitAtRisk: this.#options.shortlist.limitAtRisk,
      }),
      sources: describeSources(found.surveyed, performance.now() - startMs),
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
  { pools }: Judgement,
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
