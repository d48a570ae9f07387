import { type Clock, SYSTEM_CLOCK } from '../../kernel/clock.ts';

export interface Rate {
  /** How many are granted at once, after a pause. */
  readonly burst: number;
  /** Seconds after which one more is granted. */
  readonly everySeconds: number;
}

/** Grants so many in a time: a bucket of `burst` tokens, filled up again one by one. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #tokens: number;
  #countedMs: number;

  constructor(rate: Rate, clock: Clock = SYSTEM_CLOCK) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#countedMs = clock.monotonicMs();
  }

  /** Takes one; false where none is left. */
  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Whether nothing was taken lately, so that forgetting this limit changes nothing. */
  get isFull(): boolean {
    this.#refill();
    return this.#tokens >= this.#rate.burst;
  }

  #refill(): void {
    const now = this.#clock.monotonicMs();
    const grown = (now - this.#countedMs) / 1000 / this.#rate.everySeconds;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + grown);
    this.#countedMs = now;
  }
}
