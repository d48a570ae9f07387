import type { PoolKindEntry } from '../pools/pool-kind.ts';
import type { PoolCounts, PoolView } from '../pools/pool-view.ts';

/** The pools of one kind in one namespace. */
export interface KindPools {
  readonly namespaceId: number;
  readonly kind: PoolKindEntry;
  readonly view: PoolView;
}

/** Above any score of an endpoint. */
export const SHARED_FIRST = 2 ** 50;

/** A usage ratio and a number of held ports as one number: of equal ratios more held ports win. */
export function scoreOf(ratio: number, held: number): number {
  return Math.floor(ratio * 2 ** 32) * 2 ** 16 + held;
}

/**
 * The pools that the history follows, as numbers in typed arrays that are used again at each poll: of
 * thousands of pools only a few become objects.
 */
export class FollowedPools {
  size = 0;
  /** What the kinds of all namespaces are at this poll; `placeAt` is an index into it. */
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

  /** Its number in the view. */
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

  /** Whether a rule may be crossed. */
  mayAlertAt(at: number): boolean {
    return this.#mayAlert[at] === 1;
  }
}
