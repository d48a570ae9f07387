import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { DescriptorList, newSlots } from '../kernel/descriptors.ts';
import { NativeLoad, newLoadFlag } from '../kernel/native-load.ts';
import type {
  Message,
  Order,
  PollReport,
  Request,
  SentReport,
  WorkerData,
  WorkerOptions,
} from './messages.ts';
import { type Reply, Requests } from './requests.ts';
import { receiveParts } from './snapshot-parts.ts';

/**
 * Only a few MB of the thread's heap live from poll to poll, whatever the number of sockets. With a small young
 * generation V8 collects the garbage of a poll before it has grown to tens of MB; the limit of the old generation is far
 * above what is needed.
 */
const HEAP = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 512 };

type WithoutId<R> = R extends Request ? Omit<R, 'id'> : never;

export interface ThreadEvents {
  readonly reported: (report: PollReport) => void;
  /** Called once, whatever ended the thread, but not where it was stopped. */
  readonly died: (error: Error) => void;
}

/** One thread of the sampler, from its start to its end. */
export class SamplerThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #requests = new Requests();
  readonly #ended: Promise<true>;
  readonly #nativeLoad: NativeLoad;
  #isStopped = false;
  #isKilled = false;
  /** Reports are taken one after the other. */
  #reports: Promise<unknown> = Promise.resolve();

  /**
   * `failureSlots` are those of the thread before, if any. Throws where the kernel has no thread to give
   * (`ERR_WORKER_INIT_FAILED`).
   */
  constructor(options: WorkerOptions, failureSlots: Int32Array, events: ThreadEvents) {
    this.#events = events;
    const { port1: received, port2: parts } = new MessageChannel();
    const descriptors = newSlots();
    const loadFlag = newLoadFlag();
    this.#nativeLoad = new NativeLoad(loadFlag);
    const workerData: WorkerData = { options, parts, descriptors, loadFlag, failureSlots };
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      transferList: [parts],
      resourceLimits: HEAP,
    });
    this.#worker.on('message', (message: Message) => {
      if (message.type === 'poll') this.#receive(message.report, received);
      else this.#requests.settle(message.id, message);
    });
    this.#ended = this.#watchEnd(new DescriptorList(descriptors));
  }

  /** Resolves with the reply; undefined where the thread ended before it could reply, or was told to end. */
  async request(wanted: WithoutId<Request>): Promise<Reply> {
    if (this.#isKilled) return undefined;
    return this.#requests.send((id) => {
      this.#worker.postMessage({ ...wanted, id });
    });
  }

  /** Ends the thread for good; false where it is stuck in a system call and did not end within `timeoutMs`. */
  stop(timeoutMs: number): Promise<boolean> {
    this.#isStopped = true;
    return this.kill(timeoutMs);
  }

  /** As `stop`, but `died` is called when it has ended. */
  async kill(timeoutMs: number): Promise<boolean> {
    this.#isKilled = true;
    this.#requests.settleAll();
    void this.#terminate(performance.now() + timeoutMs);
    const late = new Promise<false>((resolve) => {
      setTimeout(resolve, timeoutMs, false).unref();
    });
    return Promise.race([this.#ended, late]);
  }

  /**
   * Lets the thread end by itself, for what is in native code when it is ended may abort the process. One that does not is
   * ended, but not while it loads native code, which takes some milliseconds; neither is waited for beyond `untilMs`.
   */
  async #terminate(untilMs: number): Promise<void> {
    const order: Order = { type: 'end' };
    this.#worker.postMessage(order);
    const graceMs = (untilMs - performance.now()) / 2;
    if (await Promise.race([this.#ended, sleep(graceMs, false, { ref: false })])) return;
    while (!this.#nativeLoad.forbid() && performance.now() < untilMs) await sleep(5);
    await this.#worker.terminate();
  }

  #watchEnd(descriptors: DescriptorList): Promise<true> {
    let cause: unknown;
    this.#worker.once('error', (error: unknown) => (cause = error));
    return new Promise((resolve) => {
      this.#worker.once('exit', (status) => {
        descriptors.closeAll();
        this.#requests.settleAll();
        resolve(true);
        const error =
          cause instanceof Error ? cause : new Error(`it ended with status ${status}`, { cause });
        if (!this.#isStopped) this.#events.died(error);
      });
    });
  }

  /**
   * A report of which a part is missing, because the thread has died, is dropped. What a listener throws is nobody's to
   * handle here, and must not keep later reports from being taken.
   */
  #receive(sent: SentReport, parts: MessagePort): void {
    const taken = this.#reports.then(async () => {
      const report = sent.ok ? await withParts(sent, parts) : sent;
      if (report !== undefined) this.#events.reported(report);
    });
    this.#reports = taken.catch((error: unknown) => {
      setImmediate(() => {
        throw error;
      });
    });
  }
}

async function withParts(
  { ok, head, skippedPolls }: Extract<SentReport, { readonly ok: true }>,
  parts: MessagePort,
): Promise<PollReport | undefined> {
  const snapshot = await receiveParts(head, parts);
  return snapshot && { ok, snapshot, skippedPolls };
}
