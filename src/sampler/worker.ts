import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { RemoteNames } from '../config/remote-names.ts';
import { FailureStore } from '../kernel/bpf/failure-store.ts';
import { sayLoadsIn } from '../kernel/koffi.ts';
import { noteDescriptorsIn } from '../kernel/libc.ts';
import { KernelError } from '../kernel/kernel-error.ts';
import { answer } from './answer.ts';
import { AskedPorts } from './asked-ports.ts';
import type { Message, Order, Request, SentReport, WorkerData, WorkerOptions } from './messages.ts';
import { Poller, type PollOptions } from './poll.ts';
import { nextPoll } from './schedule.ts';
import { sendParts } from './snapshot-parts.ts';

type Post = (message: Message, transfer?: readonly ArrayBuffer[]) => void;

/** The sampler's thread: polls at a fixed interval, posts a report of each poll, and replies to requests. */
class PollLoop {
  readonly #poller: Poller;
  readonly #post: Post;
  readonly #parts: MessagePort;
  readonly #asked = new AskedPorts();
  #intervalMs: number;
  #names: RemoteNames;
  #options: PollOptions;
  #dueMs = performance.now();
  #skippedPolls = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ options, parts, failureSlots }: WorkerData, post: Post) {
    const { poll, intervalSeconds, names = [] } = options;
    this.#parts = parts;
    this.#options = poll;
    this.#poller = new Poller(poll, { failureStore: new FailureStore(failureSlots) });
    this.#intervalMs = intervalSeconds * 1000;
    this.#names = new RemoteNames(names);
    this.#post = post;
  }

  /** Polls now, and again at each interval. */
  run(): void {
    this.#post({ type: 'poll', report: this.#poll() });
    const { delayMs, skipped } = nextPoll(this.#dueMs, this.#intervalMs, performance.now());
    this.#skippedPolls = skipped;
    this.#schedule(delayMs);
  }

  /** Called between two polls. */
  reply(request: Request): void {
    const { type, id } = request;
    if (type === 'reconfigure') {
      this.#post({ type: 'reconfigured', id, problem: this.#reconfigure(request.options) });
      return;
    }
    const found = answer(request.question, {
      poller: this.#poller,
      options: this.#options,
      intervalSeconds: this.#intervalMs / 1000,
      names: this.#names,
      asked: this.#asked,
    });
    const transferred = found?.ok === true ? [found.json.buffer] : [];
    this.#post({ type: 'answered', id, answer: found }, transferred);
  }

  /** Returns why the options cannot be put in force; such as that there is no memory for the history. */
  #reconfigure({ poll, intervalSeconds, names = [] }: WorkerOptions): string | undefined {
    try {
      this.#poller.reconfigure(poll);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.#options = poll;
    this.#names = new RemoteNames(names);
    this.#changeInterval(intervalSeconds * 1000);
    return undefined;
  }

  #changeInterval(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    const lastDueMs = this.#dueMs - this.#intervalMs;
    this.#intervalMs = intervalMs;
    this.#schedule(Math.max(0, lastDueMs + intervalMs - performance.now()));
  }

  /** A `KernelError` makes a report of a failed poll; any other error is a defect and ends the thread. */
  #poll(): SentReport {
    const startMs = performance.now();
    const skippedPolls = this.#skippedPolls;
    try {
      return { ok: true, head: sendParts(this.#poller.poll(), this.#parts), skippedPolls };
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      const durationSeconds = (performance.now() - startMs) / 1000;
      const { parts } = this.#poller;
      return { ok: false, problem: error.message, parts, durationSeconds, skippedPolls };
    }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => {
      this.run();
    }, delayMs);
  }
}

const port = parentPort;
if (port !== null) {
  noteDescriptorsIn((workerData as WorkerData).descriptors);
  sayLoadsIn((workerData as WorkerData).loadFlag);
  const loop = new PollLoop(workerData as WorkerData, (message, transfer = []) => {
    port.postMessage(message, transfer);
  });
  port.on('message', (order: Order) => {
    if (order.type === 'end') process.exit();
    loop.reply(order);
  });
  loop.run();
}
