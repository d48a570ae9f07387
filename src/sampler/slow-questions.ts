import type { SocketRow } from '../kernel/socket-row.ts';
import { RowBuffer } from '../pools/row-buffer.ts';

/** What the slow questions may take of a core. */
const SHARE = 1 / 200;

/**
 * Some questions make the kernel walk all its sockets once more, for answers that change slowly: which
 * ports are bound and idle, and which were named in a `bind()`. They are asked at every poll while that
 * costs next to nothing, else as seldom as `SHARE` says. In between, idle sockets are taken to be as they
 * were.
 */
export class SlowQuestions {
  #idle = new RowBuffer();
  #askAgainMs = Number.NEGATIVE_INFINITY;

  /** Whether they are to be asked at `nowMs`. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#askAgainMs;
  }

  /** Notes that they were asked at `nowMs` and cost so much; what was idle before is forgotten. */
  asked(nowMs: number, costMs: number): void {
    this.#askAgainMs = nowMs + costMs / SHARE;
    this.#idle = new RowBuffer();
  }

  rememberIdle(row: SocketRow): void {
    this.#idle.push(row);
  }

  /** Visits the sockets that were idle when last asked. */
  recallIdle(visit: (row: SocketRow) => void): void {
    this.#idle.forEach(visit);
  }
}
