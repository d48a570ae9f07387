/** CPU time that may be saved up, in milliseconds. Chosen, not measured: 25 s without such work at a thousandth of a core. */
const MAX_SAVED_MS = 25;

/** A token bucket of CPU time for work that can wait: it is refilled as time goes by, and what is spent is taken out. */
export class CpuBudget {
  readonly #share: number;
  #leftMs = 0;
  #refilledAtMs: number | undefined;

  /** `share` is what the work may take of one core, from 0 to 1. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Adds the share of the time since the last call. `nowMs` is monotonic. */
  refill(nowMs: number): void {
    const elapsedMs = nowMs - (this.#refilledAtMs ?? nowMs);
    this.#refilledAtMs = nowMs;
    this.#leftMs = Math.min(MAX_SAVED_MS, this.#leftMs + elapsedMs * this.#share);
  }

  get isLeft(): boolean {
    return this.#leftMs > 0;
  }

  /** Takes out what work took. The budget may become negative: nothing is left then until it was refilled. */
  spend(milliseconds: number): void {
    this.#leftMs -= milliseconds;
  }
}
