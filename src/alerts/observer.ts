import type { History } from '../history/history.ts';
import { kindOf } from '../pools/kinds.ts';
import type { PoolUsage } from '../pools/pool.ts';
import { PoolCounts, type PoolView } from '../pools/pool-view.ts';
import { TopScores } from '../pools/tables/top-scores.ts';
import type { Observation } from './evaluator.ts';
import { findNewcomers, type KindPools, scoreOf } from './newcomers.ts';
import { mayBeCrossed, type Rule } from './rules.ts';

/** What a poll found, as far as pools go. */
export interface FoundPools {
  readonly namespaces: readonly {
    readonly namespaceId: number;
    readonly views: readonly PoolView[];
  }[];
  /** Namespaces that were read before, and could not be read now. */
  readonly refused: ReadonlySet<number>;
}

/** What is looked at, beside what the pools themselves say. */
export interface ObserverOptions {
  readonly rules: readonly Rule[];
  /** Pools that may be exported for their rank. */
  readonly limit: number;
  /** Share of the capacity below which a pool is not worth a series. */
  readonly minRatio: number;
  /** There is no past: one poll is all there will be. */
  readonly once?: boolean;
}

/** A followed pool at this poll. */
interface Followed extends KindPools {
  readonly index: number;
  readonly ticket: number;
  readonly held: number;
  readonly peakRatio: number;
  readonly rankScore: number;
  readonly mayAlert: boolean;
}

/** What `observe` returns. */
export interface Observed {
  /** The pools that an alert, the ranking or an export needs, as objects. */
  readonly observations: readonly Observation[];
  /** How many pools of a kind hold nothing now in a namespace, but did within the history window. */
  readonly idle: (namespaceId: number, kind: string) => number;
  /** Namespaces with a pool whose peak in the window is worth a series. */
  readonly busy: ReadonlySet<number>;
}

/**
 * Takes a sample of every followed pool, and makes objects of those few that something will look at: those
 * for which a rule may be crossed, the highest in rank, and those that `keep` named at the last poll.
 */
export class PoolObserver {
  readonly #history: History;
  /** Pools that the history follows at most. */
  readonly #most: number;
  readonly #counts = new PoolCounts();
  /** Tickets of pools that are observed whatever their numbers. */
  #kept: ReadonlySet<number> = new Set();
  /** The latest observations, by ticket. */
  #usages: ReadonlyMap<number, PoolUsage> = new Map();

  /** `most` is the number of pools that `history` follows at most. */
  constructor(history: History, most: number) {
    this.#history = history;
    this.#most = most;
  }

  /** `nowSeconds` is monotonic. */
  observe(found: FoundPools, nowSeconds: number, options: ObserverOptions): Observed {
    const all = found.namespaces.flatMap(({ namespaceId, views }) =>
      views.map((view) => ({ namespaceId, view, kind: kindOf(view.kind) })),
    );
    this.#history.begin(nowSeconds);
    const known = all.flatMap((pools) => this.#sample(pools, options));
    this.#history.endSamples((namespaceId) => found.refused.has(namespaceId));
    const followed = [...known, ...this.#followNewcomers(all, options)];
    this.#usages = this.#choose(followed, found.refused, options);
    return {
      observations: Array.from(this.#usages, ([ticket, usage]) => ({
        usage,
        trend: options.once ? undefined : this.#history.trend(ticket, usage),
      })),
      idle: countIdle(followed),
      busy: busyNamespaces(followed, options),
    };
  }

  /** Says which of the pools just observed the next poll observes too, whatever their numbers. */
  keep(isKept: (usage: PoolUsage) => boolean): void {
    const kept = [...this.#usages].filter(([, usage]) => isKept(usage));
    this.#kept = new Set(kept.map(([ticket]) => ticket));
  }

  #sample(pools: KindPools, options: ObserverOptions): readonly Followed[] {
    const { view } = pools;
    const followed: Followed[] = [];
    for (let index = 0; index < view.size; index += 1) {
      const ticket = view.ticketAt(index);
      if (ticket === 0) continue;
      view.measure(index, this.#counts);
      if (this.#history.sample(ticket, this.#counts)) {
        followed.push(this.#followed(pools, index, ticket, options));
      } else view.setTicket(index, 0);
    }
    return followed;
  }

  #followNewcomers(all: readonly KindPools[], options: ObserverOptions): readonly Followed[] {
    const followed: Followed[] = [];
    findNewcomers(all, this.#history, this.#most)?.forEach((at, index) => {
      const pools = all[at];
      if (pools === undefined) return;
      pools.view.measure(index, this.#counts);
      const ticket = this.#history.follow(pools.namespaceId, this.#counts);
      pools.view.setTicket(index, ticket);
      if (ticket !== 0) followed.push(this.#followed(pools, index, ticket, options));
    });
    return followed;
  }

  /** The pool whose numbers are in `#counts`. */
  #followed(pools: KindPools, index: number, ticket: number, { rules }: ObserverOptions): Followed {
    const { capacity, taken, held, firstPassSize, firstPassTaken } = this.#counts;
    const peakRatio = this.#history.peakRatio(ticket);
    const heldRatio = capacity === 0 ? 1 : held / capacity;
    const ratios = {
      usage: capacity === 0 ? 1 : taken / capacity,
      firstPass: firstPassSize === 0 ? 0 : firstPassTaken / firstPassSize,
    };
    return {
      ...pools,
      index,
      ticket,
      held,
      peakRatio,
      rankScore: scoreOf(pools.kind.rankedBy === 'held' ? heldRatio : peakRatio, held),
      mayAlert: rules.some((rule) => mayBeCrossed(rule, pools.kind.alerts, ratios)),
    };
  }

  /** Of a namespace that could not be read, those that were observed before stay as they were. */
  #choose(
    followed: readonly Followed[],
    refused: ReadonlySet<number>,
    { limit }: ObserverOptions,
  ): ReadonlyMap<number, PoolUsage> {
    const chosen = highestRanked(followed, limit);
    const usages = new Map<number, PoolUsage>();
    for (const { ticket, view, index, mayAlert } of followed) {
      const isLookedAt = mayAlert || this.#kept.has(ticket) || chosen.has(ticket);
      if (isLookedAt) usages.set(ticket, view.usageAt(index));
    }
    for (const [ticket, usage] of this.#usages) {
      const isThere = refused.has(usage.namespaceId) && this.#history.follows(ticket);
      if (isThere) usages.set(ticket, usage);
    }
    return usages;
  }
}

/** Tickets of the `count` pools that come first in rank, of those that may have series. */
function highestRanked(followed: readonly Followed[], count: number): ReadonlySet<number> {
  const ranked = new TopScores(count);
  followed.forEach(({ kind, rankScore }, position) => {
    if (kind.isExported) ranked.offer(rankScore, position, 0);
  });
  const tickets = new Set<number>();
  ranked.forEach((position) => tickets.add(followed[position]?.ticket ?? 0));
  return tickets;
}

function countIdle(followed: readonly Followed[]): Observed['idle'] {
  const counts = new Map<string, number>();
  const keyOf = (namespaceId: number, kind: string): string => `${namespaceId} ${kind}`;
  for (const { namespaceId, kind, held } of followed) {
    if (held > 0) continue;
    const key = keyOf(namespaceId, kind.kind);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (namespaceId, kind) => counts.get(keyOf(namespaceId, kind)) ?? 0;
}

function busyNamespaces(
  followed: readonly Followed[],
  { minRatio }: ObserverOptions,
): ReadonlySet<number> {
  const busy = followed.filter(({ kind, peakRatio }) => kind.isExported && peakRatio >= minRatio);
  return new Set(busy.map(({ namespaceId }) => namespaceId));
}
