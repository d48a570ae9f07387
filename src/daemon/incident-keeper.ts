import type { Logger } from 'pino';
import { readIncidents, writeIncidents } from '../incidents/incident-file.ts';
import { Incidents, type IncidentsChange } from '../incidents/incidents.ts';
import type { Sampler } from '../sampler/sampler.ts';

/**
 * How long after the last writing the file is written again, in milliseconds: when an incident begins or ends, and when only its
 * numbers changed, which they do at each poll. Chosen: a file of 1 MB now and then.
 */
const WRITE_AFTER_MS: Readonly<Record<IncidentsChange, number>> = {
  course: 5000,
  numbers: 60_000,
};

/** How long polls are not taken in while the file is being read, in milliseconds. Chosen: a file system that takes longer hangs. */
const READ_MS = 2000;

/** How long the end of the process waits for the last writing, in milliseconds. */
const CLOSE_MS = 1000;

/** Keeps the incidents, and where a file is named their copy there. Nothing about the file stops the exporter. */
export class IncidentKeeper {
  readonly incidents = new Incidents((change) => {
    this.#due(change);
  });
  readonly #log: Logger;
  #path: string | undefined;
  /** Whether the file is not there or was read as our own: only then it is written. */
  #isOwn = false;
  #change: IncidentsChange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #work: Promise<void> = Promise.resolve();
  #busy = 0;
  /** What happened is taken in one after the other, and after what the file had: an incident that still lasts is the same one. */
  #events: Promise<void> = Promise.resolve();
  /** Whether it was said that the file cannot be written. */
  #isSaid = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Whether a file system may hold up a thread of the process. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** Takes the incidents of the file in, and writes there from now on; undefined: nowhere. */
  use(path: string | undefined): void {
    if (path === this.#path) return;
    this.#path = path;
    this.#isOwn = false;
    this.#isSaid = false;
    if (path === undefined) return;
    this.#do(() => this.#read(path));
    const read = this.#work;
    this.#events = this.#events.then(() => Promise.race([read, passed(READ_MS)]));
  }

  /** Takes each poll in, and the deaths of the thread that makes them. */
  follow(sampler: Sampler): void {
    sampler.onPoll((report) => {
      if (report.ok)
        this.#take(() => {
          this.incidents.update(report.snapshot);
        });
    });
    sampler.onDeath(() => {
      const nowSeconds = Date.now() / 1000;
      this.#take(() => {
        this.incidents.samplerDied(nowSeconds);
      });
    });
  }

  /** Writes what is not written yet, and waits for it for a moment. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#change !== undefined) this.#do(() => this.#write());
    await Promise.race([this.#work, passed(CLOSE_MS)]);
  }

  #take(event: () => void): void {
    this.#events = this.#events.then(event);
  }

  #do(work: () => Promise<void>): void {
    this.#busy += 1;
    this.#work = this.#work.then(work).finally(() => (this.#busy -= 1));
  }

  async #read(path: string): Promise<void> {
    try {
      const earlier = await readIncidents(path);
      if (path !== this.#path) return;
      this.#isOwn = true;
      this.incidents.restore(earlier);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#log.error(
        { problem },
        `incidents.file: ${problem}: it is left as it is, and incidents are kept until the exporter ends`,
      );
    }
  }

  #due(change: IncidentsChange): void {
    if (this.#path === undefined) return;
    if (this.#change === 'course' || this.#change === change) return;
    this.#change = change;
    clearTimeout(this.#timer);
    const delayMs = this.#lastWriteMs + WRITE_AFTER_MS[change] - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#do(() => this.#write());
      },
      Math.max(0, delayMs),
    ).unref();
  }

  async #write(): Promise<void> {
    const path = this.#path;
    this.#change = undefined;
    if (path === undefined || !this.#isOwn) return;
    this.#lastWriteMs = performance.now();
    try {
      await writeIncidents(path, this.incidents.newestFirst.toReversed());
      this.#isSaid = false;
    } catch (error) {
      if (!this.#isSaid) this.#log.warn({ problem: String(error) }, unwritable(path, error));
      this.#isSaid = true;
    }
  }
}

function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

function unwritable(path: string, error: unknown): string {
  return `incidents.file: ${path} cannot be written, incidents are kept until the exporter ends (${String(error)})`;
}
