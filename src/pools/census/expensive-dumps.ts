import type { SocketRow } from '../../kernel/socket-row.ts';
import type { PortRange } from '../../kernel/proc/sysctl.ts';
import { type RowBuffer } from '../tables/row-buffer.ts';

/** The share of a core that the dumps may take: what is left of 1 % beside an ordinary poll. */
const SHARE = 1 / 200;
/** They are never older than a TIME_WAIT lasts. */
const LONGEST_MS = 60_000;

/** What the expensive dumps showed at one poll. */
export interface ExpensiveDump {
  readonly takenAtMs: number;
  readonly range: PortRange;
  readonly costMs: number;
  /** Sockets that are bound and idle. */
  readonly idle: RowBuffer;
}

/**
 * Two dumps make the kernel walk all its sockets once more, for what changes slowly: which ports are bound
 * and idle, and which were named in a `bind()`. They are taken at every poll while they cost next to
 * nothing, else as seldom as `SHARE` says. In between, idle sockets are taken to be as they were.
 */
export class ExpensiveDumps {
  #latest: ExpensiveDump | undefined;

  /** Whether they are to be taken at `nowMs` for `range`. */
  isDue(nowMs: number, { low, high }: PortRange): boolean {
    if (this.#latest === undefined) return true;
    const { takenAtMs, range, costMs } = this.#latest;
    const waitMs = Math.min(costMs / SHARE, LONGEST_MS);
    return nowMs >= takenAtMs + waitMs || range.low !== low || range.high !== high;
  }

  /** Keeps the dump of a poll that ended well, in place of the last. */
  keep(dump: ExpensiveDump): void {
    this.#latest = dump;
  }

  /** Visits the sockets that were idle at the last dump. */
  recallIdle(visit: (row: SocketRow) => void): void {
    this.#latest?.idle.forEach(visit);
  }
}
