import { capacityRatio } from '../pools/capacity-ratio.ts';
import type { History } from '../history/history.ts';
import type { EarlierStates, Trend } from '../history/trend.ts';
import { kindOf, rankRatio } from '../pools/kinds.ts';
import { byIdentity, type PoolKind, type PoolUsage } from '../pools/pool.ts';
import { PoolCounts, type PoolView } from '../pools/pool-view.ts';
import { TopScores } from '../pools/tables/top-scores.ts';
import type { Observation } from './evaluator.ts';
import { FollowedPools, type KindPools } from './followed-pools.ts';
import { findNewPools } from './new-pools.ts';
import { lowestThresholds, type PoolRatios, type Rule } from './rules.ts';

/** The pools that a poll counted. */
export interface FoundPools {
  readonly namespaces: readonly {
    readonly namespaceId: number;
    readonly views: readonly PoolView[];
  }[];
  /** Whether the pools of a kind in a namespace could not be read now, so that nothing is known of them. */
  readonly isUnread: (namespaceId: number, kind: PoolKind) => boolean;
}

/** What decides which pools are observed. */
export interface ObserverOptions {
  readonly rules: readonly Rule[];
  /** Pools that may be exported for their rank. */
  readonly limit: number;
  /** Share of the capacity below which a pool is not worth a series. */
  readonly minRatio: number;
  /** Only one poll is made, so there are no trends. */
  readonly once?: boolean;
  /** For how long pools that cannot be read are observed with their last numbers, in seconds. */
  readonly keepUnreadSeconds: number;
}

/** A pool as it was last read. */
interface Seen {
  readonly usage: PoolUsage;
  readonly trend: Observation['trend'];
  readonly atSeconds: number;
}

/** What `observe` returns. */
export interface Observed {
  /** The pools that alerts, ranking and export need, as objects. */
  readonly observations: readonly Observation[];
  /** How many pools of a kind hold nothing now in a namespace, but did within the history window. */
  readonly idle: (namespaceId: number, kind: string) => number;
  /** Namespaces with a pool whose peak in the window is at least `minRatio`. */
  readonly aboveMinRatio: ReadonlySet<number>;
}

/**
 * Gives the history a sample of every followed pool, and makes objects of the few that are observed: those for which a
 * rule may be crossed, the highest in rank, and those that `keep` selected at the last poll.
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
  #seen: ReadonlyMap<number, Seen> = new Map();

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
    this.#history.endSamples(found.isUnread);
    this.#followNewPools(places, thresholds);
    this.#seen = this.#choose(found.isUnread, nowSeconds, options);
    return {
      observations: Array.from(this.#seen.values(), ({ usage, trend, atSeconds }) => ({
        usage,
        trend,
        ...(atSeconds < nowSeconds && { ageSeconds: nowSeconds - atSeconds }),
      })).sort((a, b) => byFullness(a.usage, b.usage)),
      idle: countIdle(this.#followed),
      aboveMinRatio: namespacesAboveMinRatio(this.#followed, options),
    };
  }

  /** Selects those of the pools just observed that the next poll observes too, whatever their numbers. */
  keep(isKept: (usage: PoolUsage) => boolean): void {
    const kept = [...this.#seen].filter(([, { usage }]) => isKept(usage));
    this.#kept = new Set(kept.map(([ticket]) => ticket));
  }

  /** What the history shows of the pool of a ticket; undefined where it is void. */
  trendOf(ticket: number, usage: PoolUsage): Trend | undefined {
    return this.#history.follows(ticket) ? this.#history.trend(ticket, usage) : undefined;
  }

  /** The held ports by state over the history window, oldest first, of the first observed pool that is meant; empty without one. */
  statesOverTime(isMeant: (usage: PoolUsage) => boolean): readonly EarlierStates[] {
    const [ticket] = [...this.#seen].find(([, { usage }]) => isMeant(usage)) ?? [];
    return ticket === undefined ? [] : this.#history.statesOverTime(ticket);
  }

  #sample(places: readonly KindPools[], thresholds: readonly PoolRatios[]): void {
    places.forEach(({ view }, place) => {
      for (let index = 0; index < view.size; index += 1) {
        const ticket = view.ticketAt(index);
        if (ticket === 0) continue;
        view.measure(index, this.#counts);
        const isFollowed = this.#history.sample(ticket, this.#counts);
        if (isFollowed) this.#addFollowed(place, index, ticket, thresholds);
        else view.setTicket(index, 0);
      }
    });
  }

  #followNewPools(places: readonly KindPools[], thresholds: readonly PoolRatios[]): void {
    findNewPools(places, this.#history, this.#most)?.forEach((place, index) => {
      const { view, kind, namespaceId = 0 } = places[place] ?? {};
      view?.measure(index, this.#counts);
      const ticket = this.#history.follow(namespaceId, this.#counts, kind?.kind);
      view?.setTicket(index, ticket);
      if (ticket !== 0) this.#addFollowed(place, index, ticket, thresholds);
    });
  }

  /** Adds the pool whose numbers are in `#counts`. */
  #addFollowed(
    place: number,
    index: number,
    ticket: number,
    thresholds: readonly PoolRatios[],
  ): void {
    const { capacity, taken, firstPassSize, firstPassTaken, hasFailed } = this.#counts;
    const { usage = 0, firstPass = 0 } = thresholds[place] ?? {};
    const mayAlert =
      hasFailed ||
      capacityRatio(taken, capacity) >= usage ||
      (firstPassSize > 0 && firstPassTaken / firstPassSize >= firstPass);
    const peakRatio = this.#history.peakRatio(ticket);
    const pool = { place, index, ticket, peakRatio, mayAlert };
    this.#followed.add(this.#history.rowOf(ticket), pool, this.#counts);
  }

  /** The pools to observe; of what could not be read, for a while those observed at the last poll, unchanged. */
  #choose(
    isUnread: FoundPools['isUnread'],
    nowSeconds: number,
    { limit, once = false, keepUnreadSeconds }: ObserverOptions,
  ): ReadonlyMap<number, Seen> {
    const followed = this.#followed;
    const chosen = highestRanked(followed, limit);
    const seen = new Map<number, Seen>();
    followed.forEach((at) => {
      const ticket = followed.ticketAt(at);
      const isObserved = followed.mayAlertAt(at) || chosen.has(at) || this.#kept.has(ticket);
      if (!isObserved) return;
      const usage = followed.kindAt(at).view.usageAt(followed.indexAt(at));
      const trend = once ? undefined : this.#history.trend(ticket, usage);
      seen.set(ticket, { usage, trend, atSeconds: nowSeconds });
    });
    for (const [ticket, last] of this.#seen) {
      const { usage, atSeconds } = last;
      if (!isUnread(usage.namespaceId, usage.kind) || !this.#history.follows(ticket)) continue;
      if (nowSeconds - atSeconds <= keepUnreadSeconds) seen.set(ticket, last);
    }
    return seen;
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
    if (isExportedAt(followed, at)) ranked.offer(followed.rankScoreAt(at), at, 0);
  });
  const rows = new Set<number>();
  ranked.forEach((at) => rows.add(at));
  return rows;
}

/** Whether the pool in row `at` may have series. */
function isExportedAt(followed: FollowedPools, at: number): boolean {
  return followed.kindAt(at).view.isExportedAt(followed.indexAt(at));
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

function namespacesAboveMinRatio(
  followed: FollowedPools,
  { minRatio }: ObserverOptions,
): ReadonlySet<number> {
  const found = new Set<number>();
  followed.forEach((at) => {
    if (followed.peakRatioAt(at) < minRatio) return;
    if (isExportedAt(followed, at)) found.add(followed.kindAt(at).namespaceId);
  });
  return found;
}
