import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/** How long rendering may hold the event loop, and a scrape with it, in milliseconds. Chosen: a third of 3 ms. */
const SLICE_MS = 1;

/** Lets other work of this thread come between the steps of a long one. */
export class TimeSlice {
  #endsMs = performance.now() + SLICE_MS;

  /** Resolves at once while the slice lasts, else after the event loop has gone round. */
  async pause(): Promise<void> {
    if (performance.now() < this.#endsMs) return;
    await yieldToEventLoop();
    this.#endsMs = performance.now() + SLICE_MS;
  }
}
