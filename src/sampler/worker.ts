import { parentPort, workerData } from 'node:worker_threads';
import { KernelFileError } from '../kernel/kernel-file.ts';
import type { PollReport, WorkerOptions } from './messages.ts';
import { Poller } from './poll.ts';
import { nextTurn } from './schedule.ts';

/** The sampler's thread: polls at a fixed interval and posts a report of each poll. */
function run({ poll, intervalSeconds }: WorkerOptions, post: (report: PollReport) => void): void {
  const poller = new Poller(poll);
  const intervalMs = intervalSeconds * 1000;
  let dueMs = performance.now();
  let overrun = 0;
  const turn = (): void => {
    post(report(poller, overrun));
    const now = performance.now();
    const next = nextTurn(dueMs, intervalMs, now);
    overrun = next.skipped;
    dueMs = now + next.delayMs;
    setTimeout(turn, next.delayMs);
  };
  turn();
}

/** A poll that failed is a value; anything but a bad kernel file is a defect and ends the thread. */
function report(poller: Poller, overrun: number): PollReport {
  const startMs = performance.now();
  try {
    return { ok: true, snapshot: poller.poll(), overrun };
  } catch (error) {
    if (!(error instanceof KernelFileError)) throw error;
    const durationSeconds = (performance.now() - startMs) / 1000;
    return { ok: false, problem: error.message, durationSeconds, overrun };
  }
}

const port = parentPort;
if (port !== null) {
  run(workerData as WorkerOptions, (message) => {
    port.postMessage(message);
  });
}
