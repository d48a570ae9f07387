import { type SocketRow, TCP_TIME_WAIT } from '../../kernel/socket-row.ts';
import { BEGAN_MEANWHILE, BEGAN_SINCE } from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import { timeWaitAgeMs } from '../time-wait.ts';

/**
 * When the rows of one poll were read, in milliseconds of `performance.now()`: TIME_WAITs age by the real time, also where
 * a test steps the time of polls.
 */
export interface ReadingTimes {
  readonly startedMs: number;
  readonly endedMs: number;
}

/**
 * By how much two polls may differ about the moment at which the same TIME_WAIT began: a jiffy, 10 ms at HZ 100, and
 * what /proc rounds off where it is shorter (`jiffies_delta_to_clock_t` in include/linux/jiffies.h).
 */
const JITTER_MS = 15;

/** Counts the TIME_WAITs of each endpoint that began since the last poll, each at one poll only. */
export class NewTimeWaits {
  readonly #before: ReadingTimes | undefined;
  #startedMs = performance.now();

  /** Without `before`, the last poll, nothing is counted. */
  constructor(before?: ReadingTimes) {
    this.#before = before;
  }

  /** The first row is about to be read. */
  start(): void {
    this.#startedMs = performance.now();
  }

  /** What the next poll must know, once all rows are read. */
  end(): ReadingTimes {
    return { startedMs: this.#startedMs, endedMs: performance.now() };
  }

  /** Counts the row for its endpoint, if it is such a TIME_WAIT. Whether it began after the last poll had read all rows. */
  count(table: EndpointTable, id: number, row: SocketRow): boolean {
    if (row.state !== TCP_TIME_WAIT || this.#before === undefined) return false;
    return this.#countTimeWait(table, id, row, this.#before);
  }

  /**
   * A TIME_WAIT is counted by the first poll that started after it had begun: one that began while the rows are read is
   * left to the next poll, so that no two count it.
   */
  #countTimeWait(table: EndpointTable, id: number, row: SocketRow, before: ReadingTimes): boolean {
    const ageMs = timeWaitAgeMs(row);
    const earliestMs = Math.max(row.readAfterMs, this.#startedMs) - ageMs;
    if (earliestMs <= before.startedMs + JITTER_MS) return false;
    if (performance.now() - ageMs > this.#startedMs) return false;
    const isSince = earliestMs > before.endedMs + JITTER_MS;
    table.add(id, isSince ? BEGAN_SINCE : BEGAN_MEANWHILE, 1);
    return isSince;
  }
}
