import type { PoolKindEntry } from '../pools/pool-kind.ts';
import type { PoolCounts, PoolView } from '../pools/pool-view.ts';

/** The pools of one kind in one namespace. */
export interface KindPools {
  readonly namespaceId: number;
  readonly kind: PoolKindEntry;
  readonly view: PoolView;
}

/** Added to the score of a shared pool, so that it is above that of any endpoint: `scoreOf` is below 2^49. */
export const SHARED_FIRST = 2 ** 50;

/** A usage ratio (0 to 1) and a number of held ports as one sortable number: of equal ratios more held ports win. */
export function scoreOf(ratio: number, held: number): number {
  return Math.floor(ratio * 2 ** 32) * 2 ** 16 + held;
}

/**
 * The pools that the history follows, as numbers in typed arrays that are reused at each poll: of thousands of pools
 * only a few become objects.
 */
export class FollowedPools {
  size = 0;
  /** Kind by kind, the pools of all namespaces at this poll: a pool is found by its index here and in the view. */
  places: readonly KindPools[] = [];
  readonly #places: Int32Array;
  readonly #indices: Int32Array;
  readonly #tickets: Uint32Array;
  readonly #held: Int32Array;
  readonly #peaks: Float64Array;
  readonly #rankScores: Float64Array;
  readonly #mayAlert: Uint8Array;

  /** `most` is how many pools the history follows at most. */
  constructor(most: number) {
    this.#places = new Int32Array(most);
    this.#indices = new Int32Array(most);
    this.#tickets = new Uint32Array(most);
    this.#held = new Int32Array(most);
    this.#peaks = new Float64Array(most);
    this.#rankScores = new Float64Array(most);
    this.#mayAlert = new Uint8Array(most);
  }

  /** Begins a poll, with no pool yet. */
  begin(places: readonly KindPools[]): void {
    this.places = places;
    this.size = 0;
  }

  /** Adds pool `index` of a place, whose numbers are `counts`. */
  add(
    {
      place,
      index,
      ticket,
    }: { readonly place: number; readonly index: number; readonly ticket: number },
    { held, capacity }: PoolCounts,
    { peakRatio, mayAlert }: { readonly peakRatio: number; readonly mayAlert: boolean },
  ): void {
    const at = this.size;
    const byHeld = this.places[place]?.kind.rankedBy === 'held';
    const heldRatio = capacity === 0 ? 1 : held / capacity;
    this.#places[at] = place;
    this.#indices[at] = index;
    this.#tickets[at] = ticket;
    this.#held[at] = held;
    this.#peaks[at] = peakRatio;
    this.#rankScores[at] = scoreOf(byHeld ? heldRatio : peakRatio, held);
    this.#mayAlert[at] = Number(mayAlert);
    this.size += 1;
  }

  /** The kind and namespace of the pool at position `at`. Throws `RangeError` beyond `size`. */
  placeAt(at: number): KindPools {
    const place = this.places[this.#places[at] ?? -1];
    if (place === undefined || at >= this.size) throw new RangeError(`no pool is at ${at}`);
    return place;
  }

  /** The index in the view of the pool at position `at`. */
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
