import { EventEmitter, once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Clock, SYSTEM_CLOCK } from '../kernel/clock.ts';
import type { SourceName } from '../kernel/socket-row.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Message, PollReport, SentReport, WorkerData, WorkerOptions } from './messages.ts';
import { Requests } from './requests.ts';
import { receiveParts } from './snapshot-parts.ts';

/** The outcome of the latest poll, and what was counted since the start. */
export interface SamplerStatus {
  /** The latest snapshot, however old. */
  readonly snapshot: Snapshot | undefined;
  readonly lastPoll: PollReport | undefined;
  /** Rows that were cut or malformed, since the start. */
  readonly malformedRows: ReadonlyMap<SourceName, number>;
  /** Polls left out because one took longer than the interval, since the start. */
  readonly skippedPolls: number;
}

interface SamplerEvents {
  /** A poll ended, whether it succeeded or failed. */
  poll: [PollReport];
  /** The thread died and was started again. */
  restart: [Error];
  /** The thread died too often, and was not started again. */
  dead: [Error];
}

/**
 * Only a few MB of the thread's heap live from poll to poll, whatever the number of sockets. With a small young
 * generation V8 collects the garbage of a poll before it has grown to tens of MB; the limit of the old generation is far
 * above what is needed.
 */
const HEAP = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 512 };

/** How long the thread may take to end, in milliseconds: a poll of 800,000 sockets takes about half of it. */
const STOP_MS = 1000;

/** Crashes of the thread without a successful poll between, after which it is not started again. Chosen. */
const MAX_CRASHES = 3;

/** The sampler as the main thread sees it: runs the worker thread, restarts it, and keeps the latest snapshot. */
export class Sampler extends EventEmitter<SamplerEvents> {
  readonly #clock: Clock;
  #options: WorkerOptions;
  #worker: Worker | undefined;
  #requests = new Requests();
  #details: Promise<Uint8Array | undefined> | undefined;
  #crashes = 0;
  #stopping = false;
  /** When the latest successful poll began, on this thread's monotonic clock. */
  #lastSuccessMs = Number.NEGATIVE_INFINITY;
  #status: SamplerStatus = {
    snapshot: undefined,
    lastPoll: undefined,
    malformedRows: new Map(),
    skippedPolls: 0,
  };

  constructor(options: WorkerOptions, clock: Clock = SYSTEM_CLOCK) {
    super();
    this.#options = options;
    this.#clock = clock;
  }

  get status(): SamplerStatus {
    return this.#status;
  }

  get intervalSeconds(): number {
    return this.#options.intervalSeconds;
  }

  /** Age in seconds from which the latest successful poll is not shown any more: 3 intervals, 30 s at least. */
  get staleAfterSeconds(): number {
    return Math.max(3 * this.#options.intervalSeconds, 30);
  }

  /** The latest snapshot; undefined before the first, and when it is too old to be shown. */
  get fresh(): Snapshot | undefined {
    const ageSeconds = (this.#clock.monotonicMs() - this.#lastSuccessMs) / 1000;
    return ageSeconds > this.staleAfterSeconds ? undefined : this.#status.snapshot;
  }

  /** Calls `take` with the latest report, if there is one, and with each that follows. */
  onPoll(take: (report: PollReport) => void): void {
    if (this.#status.lastPoll !== undefined) take(this.#status.lastPoll);
    this.on('poll', take);
  }

  start(): void {
    const { port1: received, port2: parts } = new MessageChannel();
    const workerData: WorkerData = { options: this.#options, parts };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      transferList: [parts],
      resourceLimits: HEAP,
    });
    this.#worker = worker;
    let reports: Promise<unknown> = Promise.resolve();
    worker.on('message', (message: Message) => {
      if (message.type === 'poll') {
        reports = reports.then(() => this.#receive(message.report, received));
      } else this.#requests.settle(message.id, message);
    });
    worker.once('error', (error: Error) => {
      this.#restart(error);
    });
  }

  /**
   * Puts other options in force from the next poll on. Resolves when the thread has taken them over, at the
   * latest when the poll under way has ended.
   */
  async reconfigure(options: WorkerOptions): Promise<void> {
    this.#options = options;
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.#requests.send((id) => {
      worker.postMessage({ type: 'reconfigure', id, options });
    });
  }

  /**
   * Everything that the latest poll found, as JSON; undefined where that poll failed. Encoded at the first request after
   * a poll, and shared by all requests until the next.
   */
  async details(): Promise<Uint8Array | undefined> {
    this.#details ??= this.#requestDetails();
    return this.#details;
  }

  /** Ends the thread; false where it is stuck in a system call and did not end within `timeoutMs`. */
  async stop(timeoutMs = STOP_MS): Promise<boolean> {
    this.#stopping = true;
    const worker = this.#worker;
    if (worker === undefined) return true;
    const ended = once(worker, 'exit').then(() => true);
    void worker.terminate();
    const late = new Promise<boolean>((resolve) => {
      setTimeout(resolve, timeoutMs, false).unref();
    });
    return Promise.race([ended, late]);
  }

  async #requestDetails(): Promise<Uint8Array | undefined> {
    const worker = this.#worker;
    const reply = await this.#requests.send((id) => worker?.postMessage({ type: 'details', id }));
    return reply?.type === 'details' ? reply.json : undefined;
  }

  async #receive(sent: SentReport, parts: MessagePort): Promise<void> {
    if (!sent.ok) {
      this.#accept(sent);
      return;
    }
    const { ok, head, skippedPolls } = sent;
    this.#accept({ ok, snapshot: await receiveParts(head, parts), skippedPolls });
  }

  #accept(report: PollReport): void {
    const before = this.#status;
    const skippedPolls = before.skippedPolls + report.skippedPolls;
    this.#details = undefined;
    if (report.ok) {
      const { snapshot } = report;
      this.#lastSuccessMs = this.#clock.monotonicMs() - snapshot.durationSeconds * 1000;
      this.#crashes = 0;
      const malformedRows = addMalformedRows(before.malformedRows, snapshot);
      this.#status = { snapshot, lastPoll: report, malformedRows, skippedPolls };
    } else {
      this.#status = { ...before, lastPoll: report, skippedPolls };
    }
    this.emit('poll', report);
  }

  /** Starts the thread again with the latest options, so that pending changes of options are in force. */
  #restart(error: Error): void {
    if (this.#stopping) return;
    this.#requests.settleAll();
    this.#details = undefined;
    this.#crashes += 1;
    if (this.#crashes >= MAX_CRASHES) {
      this.emit('dead', error);
      return;
    }
    this.emit('restart', error);
    this.start();
  }
}

/** Malformed rows by source, with those of one more poll. */
export function addMalformedRows(
  before: ReadonlyMap<SourceName, number>,
  { sources }: Snapshot,
): ReadonlyMap<SourceName, number> {
  const sums = new Map(before);
  for (const { source, malformedRows } of sources) {
    sums.set(source, (sums.get(source) ?? 0) + malformedRows);
  }
  return sums;
}
