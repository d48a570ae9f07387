import type { SocketRow } from '../../kernel/socket-row.ts';
import type { PortRange } from '../../kernel/proc/sysctl.ts';
import { type RowBuffer } from '../tables/row-buffer.ts';

/**
 * The share of a core that the dumps may take. Chosen: with 100,000 sockets they are taken at every third poll of the default
 * interval, with 30,000 at each.
 */
const MAX_CPU_SHARE = 1 / 500;
/** The age at which the dumps are taken again whatever they cost: as long as a TIME_WAIT lasts. */
const MAX_AGE_MS = 60_000;

/** The lowest cost of so many dumps is that of the work itself: what else runs only adds to it. Chosen, not measured. */
const COSTS_KEPT = 8;

/** What the expensive dumps showed at one poll. */
export interface ExpensiveDump {
  readonly takenAtMs: number;
  readonly range: PortRange;
  /** CPU time, or wall time, which other work on the machine may have lengthened. */
  readonly costMs: number;
  /** Sockets that are bound, and neither listen nor are connected. */
  readonly idle: RowBuffer;
}

/**
 * Two netlink dumps make the kernel walk all its sockets once more, for what changes slowly: which sockets are bound
 * and idle, and which ports were named in a `bind()`. They are taken at every poll where they cost less than
 * `MAX_CPU_SHARE` of the interval, else so seldom that they stay below it. In between, the idle sockets of the last
 * dump are assumed to be there still.
 */
export class ExpensiveDumps {
  #latest: ExpensiveDump | undefined;
  /** Of the last dumps. */
  #costsMs: readonly number[] = [];

  /** Whether the dumps are to be taken at `nowMs`, which is monotonic: `range` has changed, or they are too old. */
  isDue(nowMs: number, { low, high }: PortRange): boolean {
    if (this.#latest === undefined) return true;
    const { takenAtMs, range } = this.#latest;
    const waitMs = Math.min(Math.min(...this.#costsMs) / MAX_CPU_SHARE, MAX_AGE_MS);
    return nowMs >= takenAtMs + waitMs || range.low !== low || range.high !== high;
  }

  /** Stores the dump of a poll that succeeded, in place of the last one. */
  keep(dump: ExpensiveDump): void {
    this.#latest = dump;
    this.#costsMs = [dump.costMs, ...this.#costsMs].slice(0, COSTS_KEPT);
  }

  /** Visits the sockets that were idle at the last dump. */
  visitIdle(visit: (row: SocketRow) => void): void {
    this.#latest?.idle.forEach(visit);
  }
}
