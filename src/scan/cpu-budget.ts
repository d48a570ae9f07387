/** CPU time that may be saved up, in milliseconds. Chosen, not measured: 25 s without such work at a thousandth of a core. */
const MAX_SAVED_MS = 25;

/** In milliseconds. */
interface Savings {
  /** CPU time that may be saved up. */
  readonly mostMs?: number;
  /** What is saved at the start. */
  readonly firstMs?: number;
}

/** A token bucket of CPU time for work that can wait: it is refilled as time goes by, and what is spent is taken out. */
export class CpuBudget {
  readonly #share: number;
  readonly #mostMs: number;
  #leftMs: number;
  #refilledAtMs: number | undefined;

  /** `share` is what the work may take of one core, from 0 to 1. */
  constructor(share: number, { mostMs = MAX_SAVED_MS, firstMs = 0 }: Savings = {}) {
    this.#share = share;
    this.#mostMs = mostMs;
    this.#leftMs = firstMs;
  }

  /** Adds the share of the time since the last call. `nowMs` is monotonic. */
  refill(nowMs: number): void {
    const elapsedMs = nowMs - (this.#refilledAtMs ?? nowMs);
    this.#refilledAtMs = nowMs;
    const refilledMs = Math.min(this.#mostMs, this.#leftMs + elapsedMs * this.#share);
    // What was saved at the start may be more.
    this.#leftMs = Math.max(this.#leftMs, refilledMs);
  }

  get isLeft(): boolean {
    return this.#leftMs > 0;
  }

  /** CPU time that is left, in milliseconds; negative where too much was taken. */
  get leftMs(): number {
    return this.#leftMs;
  }

  /** Takes out what work took. The budget may become negative: nothing is left then until it was refilled. */
  spend(milliseconds: number): void {
    this.#leftMs -= milliseconds;
  }
}
