import type { History } from '../history/history.ts';
import { kindOf, rankRatio } from '../pools/kinds.ts';
import { byIdentity, type PoolUsage } from '../pools/pool.ts';
import { PoolCounts, type PoolView } from '../pools/pool-view.ts';
import { TopScores } from '../pools/tables/top-scores.ts';
import type { Observation } from './evaluator.ts';
import { FollowedPools, type KindPools } from './followed-pools.ts';
import { findNewcomers } from './newcomers.ts';
import { lowestThresholds, type PoolRatios, type Rule } from './rules.ts';

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
  readonly #followed: FollowedPools;
  /** Tickets of pools that are observed whatever their numbers. */
  #kept: ReadonlySet<number> = new Set();
  /** The latest observations, by ticket. */
  #usages: ReadonlyMap<number, PoolUsage> = new Map();

  /** `most` is the number of pools that `history` follows at most. */
  constructor(history: History, most: number) {
    this.#history = history;
    this.#most = most;
    this.#followed = new FollowedPools(most);
  }

  /** `nowSeconds` is monotonic. */
  observe(found: FoundPools, nowSeconds: number, options: ObserverOptions): Observed {
    const places = found.namespaces.flatMap(({ namespaceId, views }) =>
      views.map((view) => ({ namespaceId, view, kind: kindOf(view.kind) })),
    );
    const thresholds = places.map(({ kind }) => lowestThresholds(options.rules, kind.alerts));
    this.#history.begin(nowSeconds);
    this.#followed.begin(places);
    this.#sample(places, thresholds);
    this.#history.endSamples((namespaceId) => found.refused.has(namespaceId));
    this.#followNewcomers(places, thresholds);
    this.#usages = this.#choose(found.refused, options);
    return {
      observations: Array.from(this.#usages, ([ticket, usage]) => ({
        usage,
        trend: options.once ? undefined : this.#history.trend(ticket, usage),
      })).sort((a, b) => byFullness(a.usage, b.usage)),
      idle: countIdle(this.#followed),
      busy: busyNamespaces(this.#followed, options),
    };
  }

  /** Says which of the pools just observed the next poll observes too, whatever their numbers. */
  keep(isKept: (usage: PoolUsage) => boolean): void {
    const kept = [...this.#usages].filter(([, usage]) => isKept(usage));
    this.#kept = new Set(kept.map(([ticket]) => ticket));
  }

  #sample(places: readonly KindPools[], thresholds: readonly PoolRatios[]): void {
    places.forEach(({ view }, place) => {
      for (let index = 0; index < view.size; index += 1) {
        const ticket = view.ticketAt(index);
        if (ticket === 0) continue;
        view.measure(index, this.#counts);
        const isGood = this.#history.sample(ticket, this.#counts);
        if (isGood) this.#note(place, index, ticket, thresholds);
        else view.setTicket(index, 0);
      }
    });
  }

  #followNewcomers(places: readonly KindPools[], thresholds: readonly PoolRatios[]): void {
    findNewcomers(places, this.#history, this.#most)?.forEach((place, index) => {
      const { view, namespaceId = 0 } = places[place] ?? {};
      view?.measure(index, this.#counts);
      const ticket = this.#history.follow(namespaceId, this.#counts);
      view?.setTicket(index, ticket);
      if (ticket !== 0) this.#note(place, index, ticket, thresholds);
    });
  }

  /** Notes the pool whose numbers are in `#counts`. */
  #note(place: number, index: number, ticket: number, thresholds: readonly PoolRatios[]): void {
    const { capacity, taken, firstPassSize, firstPassTaken } = this.#counts;
    const { usage = 0, firstPass = 0 } = thresholds[place] ?? {};
    const mayAlert =
      (capacity === 0 ? 1 : taken / capacity) >= usage ||
      (firstPassSize > 0 && firstPassTaken / firstPassSize >= firstPass);
    const peakRatio = this.#history.peakRatio(ticket);
    const noted = { place, index, ticket, peakRatio, mayAlert };
    this.#followed.note(this.#history.rowOf(ticket), noted, this.#counts);
  }

  /** Of a namespace that could not be read, those that were observed before stay as they were. */
  #choose(
    refused: ReadonlySet<number>,
    { limit }: ObserverOptions,
  ): ReadonlyMap<number, PoolUsage> {
    const followed = this.#followed;
    const chosen = highestRanked(followed, limit);
    const usages = new Map<number, PoolUsage>();
    followed.forEach((at) => {
      const ticket = followed.ticketAt(at);
      const isLookedAt = followed.mayAlertAt(at) || chosen.has(at) || this.#kept.has(ticket);
      if (isLookedAt) usages.set(ticket, followed.kindAt(at).view.usageAt(followed.indexAt(at)));
    });
    for (const [ticket, usage] of this.#usages) {
      const isThere = refused.has(usage.namespaceId) && this.#history.follows(ticket);
      if (isThere) usages.set(ticket, usage);
    }
    return usages;
  }
}

/** Shared pools, then the fullest endpoints: an order that does not hang on when a pool was first seen. */
function byFullness(a: PoolUsage, b: PoolUsage): number {
  return (
    Number(kindOf(b.kind).isShared) - Number(kindOf(a.kind).isShared) ||
    rankRatio(b) - rankRatio(a) ||
    b.held - a.held ||
    byIdentity(a, b)
  );
}

/** Rows of the `count` pools that come first in rank, of those that may have series. */
function highestRanked(followed: FollowedPools, count: number): ReadonlySet<number> {
  const ranked = new TopScores(count);
  followed.forEach((at) => {
    if (followed.kindAt(at).kind.isExported) ranked.offer(followed.rankScoreAt(at), at, 0);
  });
  const rows = new Set<number>();
  ranked.forEach((at) => rows.add(at));
  return rows;
}

function countIdle(followed: FollowedPools): Observed['idle'] {
  const counts = new Map<string, number>();
  const keyOf = (namespaceId: number, kind: string): string => `${namespaceId} ${kind}`;
  followed.forEach((at) => {
    if (followed.heldAt(at) > 0) return;
    const { namespaceId, kind } = followed.kindAt(at);
    const key = keyOf(namespaceId, kind.kind);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return (namespaceId, kind) => counts.get(keyOf(namespaceId, kind)) ?? 0;
}

function busyNamespaces(
  followed: FollowedPools,
  { minRatio }: ObserverOptions,
): ReadonlySet<number> {
  const busy = new Set<number>();
  followed.forEach((at) => {
    if (followed.peakRatioAt(at) < minRatio) return;
    const { kind, namespaceId } = followed.kindAt(at);
    if (kind.isExported) busy.add(namespaceId);
  });
  return busy;
}
