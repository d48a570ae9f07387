import { Judge, type Judgement, type Observation } from '../alerts/judge.ts';
import { type AlertsOptions, buildRules, type Rule } from '../alerts/rules.ts';
import { Shortlist, type ShortlistOptions } from '../alerts/shortlist.ts';
import { History, type HistoryOptions } from '../history/history.ts';
import type { Snapshot } from '../snapshot.ts';
import { describeAlerts, describeNamespace } from './describe.ts';
import { NamespaceReader } from './namespace.ts';
import { NamespacePools } from './namespace-pools.ts';
import { type SourceChoice, Sources } from './sources.ts';

export interface PollOptions {
  /** Where procfs is mounted. */
  readonly procfs: string;
  readonly source: SourceChoice;
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
  readonly #reader: NamespaceReader;
  readonly #sources: Sources;
  readonly #judge: Judge;
  readonly #shortlist: Shortlist;

  constructor(options: PollOptions) {
    this.#options = options;
    this.#rules = rulesOf(options);
    this.#reader = new NamespaceReader(options.procfs);
    this.#sources = new Sources(options.source, options.procfs);
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
    this.#sources.choose(options.source);
    this.#rules = rulesOf(options);
    this.#judge.replaceRules(this.#rules);
    this.#shortlist.replaceOptions(options.shortlist);
  }

  /** One poll, synchronous. Throws `KernelError`; the next poll goes on from the last good one. */
  poll(): Snapshot {
    const takenAtSeconds = Date.now() / 1000;
    const startMs = performance.now();
    const reading = this.#sources.with((source) => this.#reader.read(source, startMs));
    const pools = new NamespacePools(reading, this.#options.history.pools);
    const judgement = this.#judgeAll(pools, startMs / 1000);
    const selection = this.#shortlist.update(
      judgement.pools.filter(({ usage }) => usage.kind !== 'bind'),
      startMs / 1000,
    );
    return {
      takenAtSeconds,
      namespaces: [describeNamespace(reading, pools, judgement, selection)],
      alerts: describeAlerts(judgement, selection, this.#rules),
      source: reading.source,
      fallbackReason: this.#sources.fallbackReason,
      rows: reading.rows,
      damagedRows: reading.damagedRows,
      repeatedRows: reading.tcp.outbound.repeatedRows,
      durationSeconds: (performance.now() - startMs) / 1000,
    };
  }

  #judgeAll(pools: NamespacePools, nowSeconds: number): Judgement {
    return this.#judge.judge(this.#observe(pools, nowSeconds), nowSeconds);
  }

  /** One poll alone has no past. */
  #observe(pools: NamespacePools, nowSeconds: number): readonly Observation[] {
    if (this.#options.once) return pools.all.map((usage) => ({ usage, trend: undefined }));
    return this.#history.record(pools.all, nowSeconds, (pool) => pools.usageOf(pool));
  }
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
