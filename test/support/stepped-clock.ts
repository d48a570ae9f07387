import type { Clock } from '../../src/kernel/clock.ts';

/** Stands still unless a test steps it. */
export class SteppedClock implements Clock {
  readonly #startSeconds = Math.floor(Date.now() / 1000);
  #seconds = 0;

  readonly monotonicMs = (): number => this.#seconds * 1000;
  readonly unixSeconds = (): number => this.#startSeconds + this.#seconds;

  step(seconds: number): void {
    this.#seconds += seconds;
  }
}
