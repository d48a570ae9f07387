import { EventEmitter, once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Clock, SYSTEM_CLOCK } from '../kernel/clock.ts';
import type { SourceName } from '../kernel/socket-row.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Message, PollReport, WorkerOptions } from './messages.ts';
import { Requests } from './requests.ts';

/** What became of the latest poll, and how many were left out. */
export interface SamplerStatus {
  /** The latest good snapshot, however old. */
  readonly snapshot: Snapshot | undefined;
  readonly lastPoll: PollReport | undefined;
  /** Rows that were cut or malformed, since the start. */
  readonly malformedRows: ReadonlyMap<SourceName, number>;
  /** Polls left out because one took longer than the interval, since the start. */
  readonly skippedPolls: number;
}

interface SamplerEvents {
  /** A poll ended, well or not. */
  poll: [PollReport];
  /** The thread died and was started again. */
  restart: [Error];
  /** The thread died too often. */
  dead: [Error];
}

/**
 * The thread's heap holds a few MB for long, whatever the number of sockets. Told so, V8 collects what a
 * poll leaves behind before it has piled up to tens of MB; the upper limit is never near.
 */
const HEAP = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 512 };

/** How long the thread may take to end: a poll of 800k sockets takes about half of it. */
const STOP_MS = 1000;

/** Deaths in a row, with no good poll between, before the sampler gives up. */
const MAX_DEATHS = 3;

/** The main thread's handle on the sampler: keeps its thread alive and the latest snapshot at hand. */
export class Sampler extends EventEmitter<SamplerEvents> {
  readonly #clock: Clock;
  #options: WorkerOptions;
  #worker: Worker | undefined;
  #requests = new Requests();
  #details: Promise<Uint8Array | undefined> | undefined;
  #deaths = 0;
  #stopping = false;
  /** When the latest good poll began, on this thread's monotonic clock. */
  #goodAtMs = Number.NEGATIVE_INFINITY;
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

  /** Seconds after which the latest good poll counts for nothing. */
  get staleAfterSeconds(): number {
    return Math.max(3 * this.#options.intervalSeconds, 30);
  }

  /** The latest good snapshot; undefined before the first, and when it is too old to be shown. */
  get fresh(): Snapshot | undefined {
    const ageSeconds = (this.#clock.monotonicMs() - this.#goodAtMs) / 1000;
    return ageSeconds > this.staleAfterSeconds ? undefined : this.#status.snapshot;
  }

  /** Calls `take` with each report, also with the one that came last. */
  onPoll(take: (report: PollReport) => void): void {
    if (this.#status.lastPoll !== undefined) take(this.#status.lastPoll);
    this.on('poll', take);
  }

  start(): void {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: this.#options,
      resourceLimits: HEAP,
    });
    this.#worker = worker;
    worker.on('message', (message: Message) => {
      if (message.type === 'poll') this.#take(message.report);
      else this.#requests.settle(message.id, message);
    });
    worker.once('error', (error: Error) => {
      this.#revive(error);
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
    await this.#requests.ask((id) => {
      worker.postMessage({ type: 'reconfigure', id, options });
    });
  }

  /**
   * Everything the latest poll knows, as JSON; undefined where that poll failed. Encoded once per poll, and
   * shared by all who ask.
   */
  async details(): Promise<Uint8Array | undefined> {
    this.#details ??= this.#askForDetails();
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

  async #askForDetails(): Promise<Uint8Array | undefined> {
    const worker = this.#worker;
    const answer = await this.#requests.ask((id) => worker?.postMessage({ type: 'details', id }));
    return answer?.type === 'details' ? answer.json : undefined;
  }

  #take(report: PollReport): void {
    const before = this.#status;
    const skippedPolls = before.skippedPolls + report.skippedPolls;
    this.#details = undefined;
    if (report.ok) {
      const { snapshot } = report;
      this.#goodAtMs = this.#clock.monotonicMs() - snapshot.durationSeconds * 1000;
      this.#deaths = 0;
      const malformedRows = addMalformedRows(before.malformedRows, snapshot);
      this.#status = { snapshot, lastPoll: report, malformedRows, skippedPolls };
    } else {
      this.#status = { ...before, lastPoll: report, skippedPolls };
    }
    this.emit('poll', report);
  }

  /** The new thread starts with the options that were sent last: what was asked of the old one is done. */
  #revive(error: Error): void {
    if (this.#stopping) return;
    this.#requests.settleAll();
    this.#details = undefined;
    this.#deaths += 1;
    if (this.#deaths >= MAX_DEATHS) {
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
