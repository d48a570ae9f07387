import { parentPort, workerData } from 'node:worker_threads';
import { KernelError } from '../kernel/kernel-error.ts';
import type { PollMessage, WorkerOptions } from './messages.ts';
import { DeltaSender } from './snapshot-delta.ts';
import { Poller } from './poll.ts';
import { nextTurn } from './schedule.ts';

/** The sampler's thread: polls at a fixed interval and posts a report of each poll. */
class PollLoop {
  readonly #poller: Poller;
  readonly #sender = new DeltaSender();
  readonly #post: (message: PollMessage) => void;
  #intervalMs: number;
  #dueMs = performance.now();
  #overrun = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ poll, intervalSeconds }: WorkerOptions, post: (message: PollMessage) => void) {
    this.#poller = new Poller(poll);
    this.#intervalMs = intervalSeconds * 1000;
    this.#post = post;
  }

  /** Polls, and again at each turn. */
  turn(): void {
    this.#post(this.#poll());
    const { delayMs, skipped } = nextTurn(this.#dueMs, this.#intervalMs, performance.now());
    this.#overrun = skipped;
    this.#schedule(delayMs);
  }

  /** Between two polls: the next one is the first under the new options. */
  reconfigure({ poll, intervalSeconds }: WorkerOptions): void {
    const intervalMs = intervalSeconds * 1000;
    this.#poller.reconfigure(poll);
    if (intervalMs === this.#intervalMs) return;
    const lastDueMs = this.#dueMs - this.#intervalMs;
    this.#intervalMs = intervalMs;
    this.#schedule(Math.max(0, lastDueMs + intervalMs - performance.now()));
  }

  /** A poll that failed is a value; anything but a bad kernel file is a defect and ends the thread. */
  #poll(): PollMessage {
    const startMs = performance.now();
    const overrun = this.#overrun;
    try {
      return { ok: true, delta: this.#sender.pack(this.#poller.poll()), overrun };
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      const durationSeconds = (performance.now() - startMs) / 1000;
      return { ok: false, problem: error.message, durationSeconds, overrun };
    }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => {
      this.turn();
    }, delayMs);
  }
}

const port = parentPort;
if (port !== null) {
  const loop = new PollLoop(workerData as WorkerOptions, (message) => {
    port.postMessage(message);
  });
  port.on('message', (options: WorkerOptions) => {
    loop.reconfigure(options);
  });
  loop.turn();
}
