import { type Conntrack, readConntrack } from '../kernel/proc/net/net-conntrack.ts';

const MINUTE_MS = 60_000;

/** What connection tracking counts, and what it refused lately. */
export interface ConntrackReading extends Conntrack {
  /** Growth of `insertFailed` within the last minute; undefined at the first reading. */
  readonly refusedLately: number | undefined;
}

/** Reads connection tracking of one namespace again and again. */
export class ConntrackWatch {
  /** The oldest first; but for one, none is older than a minute. */
  readonly #past: { readonly atMs: number; readonly insertFailed: number }[] = [];

  /** Undefined where the namespace tracks no connections. `nowMs` is monotonic. Throws `KernelFileError`. */
  read(net: string, sysctl: string, nowMs: number): ConntrackReading | undefined {
    const conntrack = readConntrack(net, sysctl);
    if (conntrack === undefined) return undefined;
    const { insertFailed } = conntrack;
    const past = this.#past;
    while (nowMs - (past[1]?.atMs ?? nowMs) >= MINUTE_MS) past.shift();
    const before = past[0]?.insertFailed;
    past.push({ atMs: nowMs, insertFailed });
    // A module that was loaded anew counts from 0.
    const refusedLately = before === undefined ? undefined : Math.max(0, insertFailed - before);
    return { ...conntrack, refusedLately };
  }
}
