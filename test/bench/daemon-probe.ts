import { openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isMainThread, type Worker } from 'node:worker_threads';
import { cpuMs } from './clock.ts';
import { type Held, PROBE, type PollProbe } from './probe.ts';

/**
 * Loaded into the built daemon before its own code (`node --import`): tells the process that started it of
 * each poll, which is over when the sampler's thread says something. The daemon itself knows nothing of it.
 */

/** The main thread is looked at this often. */
const TICK_MS = 1;

/** What a poll brings the main thread is done by then; nothing else is there to do. */
const SETTLED_MS = 100;

/** CPU time of the main thread, nanoseconds, is the first number (`proc_pid_schedstat` in fs/proc/base.c). */
const SCHEDSTAT = '/proc/self/schedstat';

/** What the main thread has spent: neither goes on while it waits. */
class Spent {
  readonly #file = openSync(SCHEDSTAT, 'r');
  readonly #bytes = Buffer.alloc(64);

  now(): Held {
    const length = readSync(this.#file, this.#bytes, 0, this.#bytes.length, 0);
    const nanoseconds = Number.parseInt(this.#bytes.toString('latin1', 0, length), 10);
    const { active } = performance.eventLoopUtilization();
    return { cpuMs: nanoseconds / 1e6, wallMs: active };
  }
}

const NOTHING: Held = { cpuMs: 0, wallMs: 0 };

/**
 * Looks at the main thread again and again. What it spent between two looks is the time that it was held,
 * to some microseconds; a timer that fires late would tell it only to a millisecond or two.
 */
class Watch {
  readonly #spent = new Spent();
  #before = this.#spent.now();
  #longest = NOTHING;

  constructor() {
    setInterval(() => {
      this.#look();
    }, TICK_MS).unref();
  }

  /** Begins anew. */
  reset(): void {
    this.#longest = NOTHING;
  }

  get longest(): Held {
    return this.#longest;
  }

  #look(): void {
    const [now, before, { cpuMs, wallMs }] = [this.#spent.now(), this.#before, this.#longest];
    this.#before = now;
    this.#longest = {
      cpuMs: Math.max(cpuMs, now.cpuMs - before.cpuMs),
      wallMs: Math.max(wallMs, now.wallMs - before.wallMs),
    };
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
      const told: PollProbe = { cpuMs: spentMs, held: watch?.longest ?? NOTHING };
      process.send?.(told);
    };
    if (watch === undefined) tell();
    else setTimeout(tell, SETTLED_MS).unref();
  });
}

if (isMainThread) process.on('worker', tellOfPolls);
