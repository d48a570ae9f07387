import type { AskedPool } from './batches.ts';
import { KeptPorts } from './kept-ports.ts';
import { Sightings } from './sightings.ts';

/**
 * Ports of all pools together of which an owner is remembered: four times the range that Linux has by default. Each
 * takes about 100 bytes. Chosen.
 */
const MAX_KEPT_PORTS = 131_072;

/** After this time an answer that could not be had anew is dropped. Chosen, not measured. */
const ANSWER_LIFE_MS = 600_000;

/** The pools whose owners are asked for, by `poolId`. */
export class AskedPools {
  readonly #kept = new KeptPorts(MAX_KEPT_PORTS);
  readonly #pools = new Map<string, AskedPool>();

  get all(): Iterable<AskedPool> {
    return this.#pools.values();
  }

  /** Whether the search for the owners of one of them was not finished, or not begun. */
  get isUnfinished(): boolean {
    const all = [...this.#pools.values()];
    return all.some(({ isUnfinished, shares }) => isUnfinished || shares === undefined);
  }

  get(id: string): AskedPool | undefined {
    return this.#pools.get(id);
  }

  /** The pool, from now on one of them. */
  of(id: string): AskedPool {
    const known = this.#pools.get(id);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const times = { atMs: never, triedMs: never };
    const sightings = new Sightings(this.#kept);
    const asked = { sightings, ...times, shares: undefined, isUnfinished: false };
    this.#pools.set(id, asked);
    return asked;
  }

  /** `nowMs` is monotonic. */
  forgetAllBut(ids: ReadonlySet<string>, nowMs: number): void {
    for (const [id, { sightings, atMs, shares }] of this.#pools) {
      const isOld = shares !== undefined && nowMs - atMs > ANSWER_LIFE_MS;
      if (ids.has(id) && !isOld) continue;
      sightings.close();
      this.#pools.delete(id);
    }
  }
}
