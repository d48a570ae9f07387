import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, Resident } from './host.ts';
import { unshareHostName } from '../../deploy/demo/lab/syscalls.ts';

/** How long the kernel takes to give back the numbers of a namespace that has died. */
const CLEANUP_MS = 250;
const TRIES = 20;
const LARGEST_STEP = 200;

/**
 * A new namespace with the number that a dead one had. The kernel gives the lowest that is free, and one to
 * each file of a namespace: where some are free below, others are made to take them.
 */
export async function reborn(host: Host, netns: string): Promise<Resident> {
  const fillers = new Fillers();
  const seen: string[] = [];
  try {
    await sleep(CLEANUP_MS);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const next = await host.namespace();
      if (next.netns === netns) return next;
      seen.push(next.netns);
      const missing = Number(netns) - Number(next.netns);
      next.kill();
      await sleep(CLEANUP_MS);
      fillers.shift(missing);
    }
  } finally {
    fillers.release();
  }
  throw new Error(`the number ${netns} did not come back: ${seen.join(' ')}`);
}

/** UTS namespaces: each takes one of the numbers that the files of procfs have too. */
class Fillers {
  readonly #open: number[] = [];
  #step = 0;

  /** Moves the next number up by `missing`, or down again where that was too far. */
  shift(missing: number): void {
    if (missing > 0) {
      this.#step = Math.min(missing, LARGEST_STEP);
      for (let count = 0; count < this.#step; count += 1) this.#open.push(uniqueNumber());
    } else {
      this.#step = Math.ceil(this.#step / 2);
      for (const fd of this.#open.splice(-this.#step, this.#step)) closeSync(fd);
    }
  }

  release(): void {
    for (const fd of this.#open.splice(0)) closeSync(fd);
  }
}

function uniqueNumber(): number {
  unshareHostName();
  return openSync('/proc/thread-self/ns/uts', 'r');
}
