import { isLoopback } from '../../kernel/address.ts';
import { LOCAL, REMOTE, type SocketRow, TCP_TIME_WAIT } from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';

/** `TCP_TIMEWAIT_LEN` in include/net/tcp.h: how long a TIME_WAIT holds its port. */
export const TIME_WAIT_SECONDS = 60;

/** How long ago the row entered TIME_WAIT, in milliseconds. */
export function timeWaitAgeMs(row: SocketRow): number {
  return TIME_WAIT_SECONDS * 1000 - row.remainingCentiseconds * 10;
}

/**
 * Whether a `connect()` to the same endpoint may take this row's port over, `agoMs` before now and ever
 * since (`tcp_twsk_unique` in net/ipv4/tcp_ipv4.c). FIN_WAIT2 is never taken over.
 */
export function isReusable(row: SocketRow, settings: PortSettings, agoMs = 0): boolean {
  return (
    row.state === TCP_TIME_WAIT &&
    settings.timestamps &&
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

/** The timer that ends a TIME_WAIT may fire this much late (kernel/time/timer.c, its wheel). */
const TIMER_SLACK_SECONDS = 3;

/**
 * Seconds until the row's port comes back by itself: at its end, or, where it `mayReuse`, when it may be
 * taken over.
 */
export function returnsInSeconds(
  row: SocketRow,
  settings: PortSettings,
  mayReuse: boolean,
): number {
  const atEnd = row.remainingCentiseconds / 100 + TIMER_SLACK_SECONDS;
  const applies = mayReuse && settings.timestamps && reuseApplies(row, settings.timeWaitReuse);
  if (!applies) return atEnd;
  const untilReuse = (settings.timeWaitReuseDelayMs - timeWaitAgeMs(row)) / 1000;
  return Math.max(0, Math.min(atEnd, untilReuse));
}
