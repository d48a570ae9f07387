/** The longest wait. Chosen: an attempt that fails may take seconds, and five minutes hide what that costs. */
const MAX_WAIT_MS = 300_000;

/**
 * Says when something that failed is worth another attempt: after a first wait, and after twice the wait each time it
 * fails again. Times are monotonic.
 */
export class BackOff {
  #problem = '';
  #waitMs = 0;
  #dueAtMs = Number.NEGATIVE_INFINITY;
  #worksSinceMs: number | undefined;

  /** Why the last attempt failed; empty where it did not, or there was none. */
  get problem(): string {
    return this.#problem;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueAtMs;
  }

  succeed(nowMs: number): void {
    this.#problem = '';
    this.#worksSinceMs ??= nowMs;
  }

  /** What worked for less time than the last wait has not recovered: the wait goes on growing. */
  fail(problem: string, nowMs: number, firstWaitMs: number): void {
    const workedMs = this.#worksSinceMs === undefined ? 0 : nowMs - this.#worksSinceMs;
    const isNew = this.#waitMs === 0 || workedMs > this.#waitMs;
    this.#waitMs = isNew ? firstWaitMs : Math.min(2 * this.#waitMs, MAX_WAIT_MS);
    this.#dueAtMs = nowMs + this.#waitMs;
    this.#worksSinceMs = undefined;
    this.#problem = problem;
  }
}
