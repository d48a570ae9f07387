import type { PoolCounts } from '../pools/pool-view.ts';
import { Ring } from './ring.ts';
import type { HeldStates } from './trend.ts';

/** Rings of `StateRings`. */
export const STATE_RINGS = 5;

/** The held ports of each followed pool over time, all of them and by socket state. */
export class StateRings {
  readonly #held: Ring;
  readonly #established: Ring;
  readonly #synSent: Ring;
  readonly #timeWait: Ring;
  readonly #closeWait: Ring;
  readonly #all: readonly Ring[];

  constructor(pools: number, length: number) {
    const ring = (): Ring => new Ring(pools, length);
    this.#held = ring();
    this.#established = ring();
    this.#synSent = ring();
    this.#timeWait = ring();
    this.#closeWait = ring();
    this.#all = [this.#held, this.#established, this.#synSent, this.#timeWait, this.#closeWait];
  }

  /** See `Ring.advance`. */
  advance(): void {
    for (const ring of this.#all) ring.advance();
  }

  write(row: number, counts: PoolCounts): void {
    this.#held.write(row, counts.held);
    this.#established.write(row, counts.established);
    this.#synSent.write(row, counts.synSent);
    this.#timeWait.write(row, counts.timeWait);
    this.#closeWait.write(row, counts.closeWait);
  }

  /** Writes the sample before once more. */
  repeat(row: number): void {
    for (const ring of this.#all) ring.write(row, ring.at(row, 1));
  }

  at(row: number, ago: number): HeldStates {
    return {
      held: this.#held.at(row, ago),
      established: this.#established.at(row, ago),
      synSent: this.#synSent.at(row, ago),
      timeWait: this.#timeWait.at(row, ago),
      closeWait: this.#closeWait.at(row, ago),
    };
  }
}
