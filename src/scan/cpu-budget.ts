/** Milliseconds that may be saved up. */
const MOST_MS = 25;

/** Time that may be spent on what is good to have: a share of a core, earned as time goes by. */
export class CpuBudget {
  readonly #share: number;
  #leftMs = 0;
  #earnedAtMs: number | undefined;

  /** `share` of one core. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Earns what is due at `nowMs`, which is monotonic. */
  earn(nowMs: number): void {
    const elapsedMs = nowMs - (this.#earnedAtMs ?? nowMs);
    this.#earnedAtMs = nowMs;
    this.#leftMs = Math.min(MOST_MS, this.#leftMs + elapsedMs * this.#share);
  }

  get isLeft(): boolean {
    return this.#leftMs > 0;
  }

  /** What takes longer than there is left is paid off later. */
  spend(milliseconds: number): void {
    this.#leftMs -= milliseconds;
  }
}
