import { type SocketRow, TCP_TIME_WAIT } from '../../kernel/socket-row.ts';
import { RETURN_SECONDS } from '../pool.ts';
import { endsInSeconds } from '../time-wait.ts';
import { RETURN_PERIODS } from './endpoint-fields.ts';
import { PortSet } from './port-set.ts';

/** Bits for what is left of a TIME_WAIT, in hundredths of a second: 6,000 at most. */
const TIME_BITS = 14;
const MAX_CENTISECONDS = 2 ** TIME_BITS - 1;

/** The list of all that have none; never written. */
const NO_ENDS = new Int32Array(0);

/**
 * When ports come back that several sockets can hold at once: with the last of them. A growing list with one number for each
 * TIME_WAIT, and a set of the ports of all other sockets, of which nobody knows when they go.
 */
export class PortReturns {
  readonly #live = new PortSet();
  #ends = NO_ENDS;
  #size = 0;

  add(row: SocketRow): void {
    if (row.state === TCP_TIME_WAIT) this.addTimeWait(row.localPort, row.remainingMs);
    else this.addLive(row.localPort);
  }

  addLive(port: number): void {
    this.#live.add(port);
  }

  addTimeWait(port: number, remainingMs: number): void {
    if (this.#size === this.#ends.length) this.#grow();
    const remaining = Math.min(Math.max(0, Math.round(remainingMs / 10)), MAX_CENTISECONDS);
    this.#ends[this.#size] = (port << TIME_BITS) | remaining;
    this.#size += 1;
  }

  /**
   * How many ports of `among` come back in the next 0–10 s, 10–20 s and so on (`PoolUsage.returning`); those of `kept` do not,
   * whatever sockets were added.
   */
  byPeriod(among: PortSet, kept: PortSet): readonly number[] {
    const counts = Array.from({ length: RETURN_PERIODS }, () => 0);
    const isKept = (port: number): boolean =>
      this.#live.has(port) || kept.has(port) || !among.has(port);
    const ends = this.#ends.subarray(0, this.#size).sort();
    ends.forEach((end, index) => {
      const port = end >>> TIME_BITS;
      const isLast = port !== (ends[index + 1] ?? -1) >>> TIME_BITS;
      if (!isLast || isKept(port)) return;
      const seconds = endsInSeconds(10 * (end & MAX_CENTISECONDS));
      const period = Math.min(Math.floor(seconds / RETURN_SECONDS), RETURN_PERIODS - 1);
      counts[period] = (counts[period] ?? 0) + 1;
    });
    return counts;
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(64, 2 * this.#ends.length));
    larger.set(this.#ends);
    this.#ends = larger;
  }
}
