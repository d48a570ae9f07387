import { capacityRatio } from '../pools/capacity-ratio.ts';
import type { PoolKindEntry } from '../pools/pool-kind.ts';
import type { PoolCounts, PoolView } from '../pools/pool-view.ts';

/** The pools of one kind in one namespace. */
export interface KindPools {
  readonly namespaceId: number;
  readonly kind: PoolKindEntry;
  readonly view: PoolView;
}

/** What is stored of a pool beside its numbers. */
export interface FollowedPool {
  /** The index of its kind and namespace in what `begin` was given. */
  readonly place: number;
  /** Its index in the view there. */
  readonly index: number;
  readonly ticket: number;
  /** The highest usage ratio in the history window. */
  readonly peakRatio: number;
  /** Whether a rule may be crossed for it. */
  readonly mayAlert: boolean;
}

/** Added to the score of a shared pool, so that it is above that of any endpoint: `scoreOf` is below 2^49. */
export const SHARED_FIRST = 2 ** 50;

/** Added to the score of a pool that had no port to give in the last ten minutes: it comes first of all. */
export const FAILED_FIRST = 2 ** 51;

/** A usage ratio (0 to 1) and a number of held ports as one sortable number: of equal ratios more held ports win. */
export function scoreOf(ratio: number, held: number): number {
  return Math.floor(ratio * 2 ** 32) * 2 ** 16 + held;
}

/**
 * The pools that the history follows, as numbers in typed arrays that are reused at each poll: of thousands of pools
 * only a few become objects. Each is stored at its row in the history, so that a pool that is given the row of another
 * replaces it here too.
 */
export class FollowedPools {
  /** The kinds of all namespaces at this poll. */
  #all: readonly KindPools[] = [];
  readonly #isStored: Uint8Array;
  readonly #places: Int32Array;
  readonly #indices: Int32Array;
  readonly #tickets: Uint32Array;
  readonly #held: Int32Array;
  readonly #peaks: Float64Array;
  readonly #rankScores: Float64Array;
  readonly #mayAlert: Uint8Array;

  /** `most` is how many pools the history follows at most. */
  constructor(most: number) {
    this.#isStored = new Uint8Array(most);
    this.#places = new Int32Array(most);
    this.#indices = new Int32Array(most);
    this.#tickets = new Uint32Array(most);
    this.#held = new Int32Array(most);
    this.#peaks = new Float64Array(most);
    this.#rankScores = new Float64Array(most);
    this.#mayAlert = new Uint8Array(most);
  }

  /** Begins a poll that found the pools `all`; none is stored yet. */
  begin(all: readonly KindPools[]): void {
    this.#all = all;
    this.#isStored.fill(0);
  }

  /** Stores the pool in row `at` of the history, pool `index` of `all[place]`, whose numbers are `counts`. */
  add(
    at: number,
    { place, index, ticket, peakRatio, mayAlert }: FollowedPool,
    counts: PoolCounts,
  ): void {
    const { held, capacity } = counts;
    const byHeld = this.#all[place]?.kind.rankedBy === 'held';
    const heldRatio = capacityRatio(held, capacity);
    this.#isStored[at] = 1;
    this.#places[at] = place;
    this.#indices[at] = index;
    this.#tickets[at] = ticket;
    this.#held[at] = held;
    this.#peaks[at] = peakRatio;
    const score = scoreOf(byHeld ? heldRatio : peakRatio, held);
    this.#rankScores[at] = counts.hasFailed ? score + FAILED_FIRST : score;
    this.#mayAlert[at] = Number(mayAlert);
  }

  /** Visits the rows of the stored pools, in ascending order. */
  forEach(visit: (at: number) => void): void {
    for (let at = 0; at < this.#isStored.length; at += 1) if (this.#isStored[at] === 1) visit(at);
  }

  /** The kind and namespace of the pool in row `at`. Throws `RangeError` where there is none. */
  kindAt(at: number): KindPools {
    const place = this.#all[this.#places[at] ?? -1];
    if (place === undefined || this.#isStored[at] !== 1)
      throw new RangeError(`no pool is at ${at}`);
    return place;
  }

  /** The index in the view of the pool in row `at`. */
  indexAt(at: number): number {
    return this.#indices[at] ?? 0;
  }

  ticketAt(at: number): number {
    return this.#tickets[at] ?? 0;
  }

  heldAt(at: number): number {
    return this.#held[at] ?? 0;
  }

  /** The highest usage ratio in the history window. */
  peakRatioAt(at: number): number {
    return this.#peaks[at] ?? 0;
  }

  rankScoreAt(at: number): number {
    return this.#rankScores[at] ?? 0;
  }

  /** Whether a rule may be crossed for it. */
  mayAlertAt(at: number): boolean {
    return this.#mayAlert[at] === 1;
  }
}
