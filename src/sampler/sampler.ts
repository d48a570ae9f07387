import { newFailureSlots } from '../kernel/bpf/failure-store.ts';
import { EventEmitter } from 'node:events';
import { type Clock, SYSTEM_CLOCK } from '../kernel/clock.ts';
import type { SourceName } from '../kernel/socket-row.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { PollReport, WorkerOptions } from './messages.ts';
import { type Answer, isOfFew, type Question, questionKey } from './question.ts';
import { staleAfter } from './schedule.ts';
import { SamplerThread } from './thread.ts';

/** The outcome of the latest poll, and what was counted since the start. */
export interface SamplerStatus {
  /** The latest snapshot, however old. */
  readonly snapshot: Snapshot | undefined;
  readonly lastPoll: PollReport | undefined;
  /** Rows that were cut or malformed, since the start. */
  readonly malformedRows: ReadonlyMap<SourceName, number>;
  /** Polls left out because one took longer than the interval, since the start. */
  readonly skippedPolls: number;
  /** Whether no poll has ended for 1.5 intervals, 15 s at least: half the age up to which a good one is shown. */
  readonly isOverdue: boolean;
}

interface SamplerEvents {
  /** A poll ended, whether it succeeded or failed. */
  poll: [PollReport];
  death: [SamplerDeath];
  /** The thread has not answered for too long, and could not be ended: it is stuck in a system call. */
  stuck: [];
}

/** The thread died; it was started again, unless it died too often. */
export interface SamplerDeath {
  readonly error: Error;
  readonly isLast: boolean;
}

/** How long the thread may take to end, in milliseconds: a poll of 800,000 sockets takes about half of it. */
const STOP_MS = 1000;

/** Answers that are kept until the next poll. Chosen: a page has few views, and each asks the same again. */
const MAX_ANSWERS = 32;

/** Crashes of the thread without a successful poll between, after which it is not started again. Chosen. */
const MAX_CRASHES = 3;

/** How often the thread is looked after, in milliseconds. */
const TICK_MS = 1000;

/** The sampler as the main thread sees it: runs the worker thread, restarts it, and keeps the latest snapshot. */
export class Sampler extends EventEmitter<SamplerEvents> {
  /** What counts failures goes from thread to thread. */
  readonly #failureSlots = newFailureSlots();
  readonly #clock: Clock;
  #options: WorkerOptions;
  #thread: SamplerThread | undefined;
  /** The questions that were asked since the latest poll, and their answers. */
  readonly #answers = new Map<string, Promise<Answer | undefined>>();
  #ticker: NodeJS.Timeout | undefined;
  #deaths: SamplerDeath[] = [];
  #crashes = 0;
  #stopping = false;
  /** Seconds without a report. Counted, because a clock also goes on while the whole process is stopped. */
  #silentSeconds = 0;
  /** Whether the thread was told to end because it does not answer. */
  #isGivenUp = false;
  /** When the latest successful poll began, on this thread's monotonic clock. */
  #lastSuccessMs = Number.NEGATIVE_INFINITY;
  #status: Omit<SamplerStatus, 'isOverdue'> = {
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
    return { ...this.#status, isOverdue: this.#silentSeconds > this.staleAfterSeconds / 2 };
  }

  get intervalSeconds(): number {
    return this.#options.intervalSeconds;
  }

  /** Age in seconds from which the latest successful poll is not shown any more: 3 intervals, 30 s at least. */
  get staleAfterSeconds(): number {
    return staleAfter(this.#options.intervalSeconds);
  }

  /** The latest snapshot; undefined before the first, and when it is too old to be shown. */
  get fresh(): Snapshot | undefined {
    const ageSeconds = (this.#clock.monotonicMs() - this.#lastSuccessMs) / 1000;
    return ageSeconds > this.staleAfterSeconds ? undefined : this.#status.snapshot;
  }

  /**
   * Whether a poll has ended lately, well or not, or the thread has just started. Chosen: twice as long as a good poll is
   * shown, far above what the slowest poll takes.
   */
  get isAnswering(): boolean {
    return this.#silentSeconds <= 2 * this.staleAfterSeconds;
  }

  /** Calls `take` with the latest report, if there is one, and with each that follows. */
  onPoll(take: (report: PollReport) => void): void {
    if (this.#status.lastPoll !== undefined) take(this.#status.lastPoll);
    this.on('poll', take);
  }

  /** Calls `take` with each death of the thread, also with those that were before. */
  onDeath(take: (death: SamplerDeath) => void): void {
    for (const death of this.#deaths) take(death);
    this.#deaths = [];
    this.on('death', take);
  }

  start(): void {
    this.#ticker ??= setInterval(() => {
      this.tick();
    }, TICK_MS).unref();
    this.#startThread();
  }

  /** To be called once a second, which `start()` sees to. Ends a thread that does not answer. */
  tick(): void {
    this.#silentSeconds += 1;
    if (this.isAnswering || this.#isGivenUp) return;
    this.#isGivenUp = true;
    void this.#killThread();
  }

  /**
   * Puts other options in force from the next poll on. Resolves with undefined when the thread has taken them over, at
   * the latest when the poll under way has ended; with what is wrong where they are not in force.
   */
  async reconfigure(options: WorkerOptions): Promise<string | undefined> {
    for (let tries = 0; tries < RECONFIGURE_TRIES; tries += 1) {
      const reply = await this.#thread?.request({ type: 'reconfigure', options });
      if (reply?.type !== 'reconfigured') continue;
      if (reply.problem === undefined) this.#options = options;
      return reply.problem;
    }
    return 'the sampler died or did not answer when it was to take it over';
  }

  /**
   * The answer from the latest poll; undefined where that poll failed. It is made when it is first asked for after a poll,
   * and shared by all who ask the same until the next.
   */
  async ask(question: Question): Promise<Answer | undefined> {
    const key = questionKey(question);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#request(question);
    if (isOfFew(question) || this.#answers.size < MAX_ANSWERS) this.#answers.set(key, answer);
    return answer;
  }

  /** Ends the thread; false where it is stuck in a system call and did not end within `timeoutMs`. */
  async stop(timeoutMs = STOP_MS): Promise<boolean> {
    this.#stopping = true;
    clearInterval(this.#ticker);
    return (await this.#thread?.stop(timeoutMs)) ?? true;
  }

  async #request(question: Question): Promise<Answer | undefined> {
    const reply = await this.#thread?.request({ type: 'ask', question });
    return reply?.type === 'answered' ? reply.answer : undefined;
  }

  #startThread(): void {
    this.#silentSeconds = 0;
    this.#isGivenUp = false;
    try {
      this.#thread = new SamplerThread(this.#options, this.#failureSlots, {
        reported: (report) => {
          this.#accept(report);
        },
        died: (error) => {
          this.#restart(error);
        },
      });
    } catch (error) {
      this.#thread = undefined;
      const cause = error instanceof Error ? error : new Error(String(error));
      setImmediate(() => {
        this.#restart(cause);
      });
    }
  }

  async #killThread(): Promise<void> {
    const hasEnded = (await this.#thread?.kill(STOP_MS)) ?? true;
    if (!hasEnded && !this.#stopping) this.emit('stuck');
  }

  #accept(report: PollReport): void {
    const before = this.#status;
    const skippedPolls = before.skippedPolls + report.skippedPolls;
    this.#answers.clear();
    this.#silentSeconds = 0;
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

  /** Starts the thread again with the options in force. */
  #restart(error: Error): void {
    if (this.#stopping) return;
    this.#answers.clear();
    this.#crashes += 1;
    const death = { error, isLast: this.#crashes >= MAX_CRASHES };
    if (!death.isLast) this.#startThread();
    if (!this.emit('death', death)) this.#deaths.push(death);
  }
}

/** A thread that dies meanwhile is started again with the options that were in force; then it is asked once more. */
const RECONFIGURE_TRIES = 2;

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
