import type { SocketRow } from '../../kernel/socket-row.ts';
import type { PortRange } from '../../kernel/proc/sysctl.ts';
import { type RowBuffer } from '../tables/row-buffer.ts';

/** What the slow questions may take of a core, and how long they may wait at most. */
const SHARE = 1 / 200;
const LONGEST_MS = 60_000;

/** What the slow questions brought to light at one poll. */
export interface ExpensiveDump {
  readonly takenAtMs: number;
  readonly range: PortRange;
  readonly costMs: number;
  /** Sockets that are bound and idle. */
  readonly idle: RowBuffer;
}

/**
 * Some questions make the kernel walk all its sockets once more, for answers that change slowly: which
 * ports are bound and idle, and which were named in a `bind()`. They are asked at every poll while that
 * costs next to nothing, else as seldom as `SHARE` says. In between, idle sockets are taken to be as they
 * were.
 */
export class ExpensiveDumps {
  #answer: ExpensiveDump | undefined;

  /** Whether they are to be asked at `nowMs` about `range`. */
  isDue(nowMs: number, { low, high }: PortRange): boolean {
    if (this.#answer === undefined) return true;
    const { takenAtMs, range, costMs } = this.#answer;
    const waitMs = Math.min(costMs / SHARE, LONGEST_MS);
    return nowMs >= takenAtMs + waitMs || range.low !== low || range.high !== high;
  }

  /** Keeps the answer of a poll that ended well, in place of the last. */
  keep(answer: ExpensiveDump): void {
    this.#answer = answer;
  }

  /** Visits the sockets that were idle when last asked. */
  recallIdle(visit: (row: SocketRow) => void): void {
    this.#answer?.idle.forEach(visit);
  }
}
