import { performance } from 'node:perf_hooks';
import { isMainThread, type Worker } from 'node:worker_threads';
import { cpuMs } from './clock.ts';
import { PROBE, type PollProbe } from './probe.ts';

/**
 * Loaded into the built daemon before its own code (`node --import`): tells the process that started it of
 * each poll, which is over when the sampler's thread says something. The daemon itself knows nothing of it.
 */

/** The main thread is looked at this often. */
const TICK_MS = 1;

/** What a poll brings the main thread is done by then; nothing else is there to do. */
const SETTLED_MS = 100;

/**
 * Watches how long the event loop is away from waiting. The time between two looks in which it did not
 * wait is the time that it was held, to the microsecond; a timer that fires late would tell it only to a
 * millisecond or two.
 */
class Watch {
  #before = performance.eventLoopUtilization().active;
  #longestMs = 0;

  constructor() {
    setInterval(() => {
      const { active } = performance.eventLoopUtilization();
      this.#longestMs = Math.max(this.#longestMs, active - this.#before);
      this.#before = active;
    }, TICK_MS).unref();
  }

  /** Begins anew. */
  reset(): void {
    this.#longestMs = 0;
  }

  get longestMs(): number {
    return this.#longestMs;
  }
}

function tellOfPolls(worker: Worker): void {
  const watch = process.env[PROBE] === 'held' ? new Watch() : undefined;
  let before = cpuMs();
  worker.on('message', () => {
    const now = cpuMs();
    const spentMs = now - before;
    before = now;
    watch?.reset();
    const tell = (): void => {
      const told: PollProbe = { cpuMs: spentMs, heldMs: watch?.longestMs ?? Number.NaN };
      process.send?.(told);
    };
    if (watch === undefined) tell();
    else setTimeout(tell, SETTLED_MS).unref();
  });
}

if (isMainThread) process.on('worker', tellOfPolls);
