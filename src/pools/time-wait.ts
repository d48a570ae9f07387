import { isLoopback } from '../kernel/address.ts';
import { LOCAL, REMOTE, type SocketRow } from '../kernel/socket-row.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';

/** `TCP_TIMEWAIT_LEN` in include/net/tcp.h: how long a TIME_WAIT holds its port. */
export const TIME_WAIT_SECONDS = 60;

/** How long ago the row entered TIME_WAIT, in milliseconds. */
export function timeWaitAgeMs(row: SocketRow): number {
  return TIME_WAIT_SECONDS * 1000 - row.remainingMs;
}

/**
 * Whether a `connect()` to the same endpoint may take over the port of a row in TIME_WAIT, now and at any time in the
 * last `agoMs` (`tcp_twsk_unique` in net/ipv4/tcp_ipv4.c).
 */
export function isReusable(row: SocketRow, settings: PortSettings, agoMs = 0): boolean {
  return (
    settings.timestamps &&
    row.mayHaveTimestamps &&
    reuseApplies(row, settings.timeWaitReuse) &&
    timeWaitAgeMs(row) - agoMs > settings.timeWaitReuseDelayMs
  );
}

/** The index of `lo` in every namespace (include/net/flow.h). */
const LOOPBACK_DEVICE = 1;

/** `tcp_tw_reuse`: 1 is everywhere, 2 where either end is a loopback address or the socket is bound to lo. */
function reuseApplies(row: SocketRow, reuse: number): boolean {
  if (reuse !== 2) return reuse === 1;
  return (
    row.device === LOOPBACK_DEVICE ||
    isLoopback(row.addresses, LOCAL) ||
    isLoopback(row.addresses, REMOTE)
  );
}

/** Whether `tcp_tw_reuse` 1 would let `connect()` take over a TIME_WAIT of such a row, and the setting in force does not. */
export function reuseWouldApply(row: SocketRow, settings: PortSettings): boolean {
  return settings.timestamps && row.mayHaveTimestamps && !reuseApplies(row, settings.timeWaitReuse);
}

/**
 * How late the timer that ends a TIME_WAIT may fire: the timer wheel rounds up (kernel/time/timer.c), to 62 s at HZ 250
 * and to 64 s at HZ 1000. The middle of both.
 */
const TIMER_SLACK_SECONDS = 3;

/** Seconds until a TIME_WAIT with so much left on its timer gives its port back. */
export function endsInSeconds(remainingMs: number): number {
  return remainingMs / 1000 + TIMER_SLACK_SECONDS;
}

/**
 * Seconds until the row's port comes back: when its timer ends, or, where reuse applies and the endpoint's connections
 * have timestamps (`mayReuse`), when it may be taken over.
 */
export function returnsInSeconds(
  row: SocketRow,
  settings: PortSettings,
  mayReuse: boolean,
): number {
  const atEnd = endsInSeconds(row.remainingMs);
  const mayEver = mayReuse && settings.timestamps && row.mayHaveTimestamps;
  const applies = mayEver && reuseApplies(row, settings.timeWaitReuse);
  if (!applies) return atEnd;
  const untilReuse = (settings.timeWaitReuseDelayMs - timeWaitAgeMs(row)) / 1000;
  return Math.max(0, Math.min(atEnd, untilReuse));
}
