import { isLoopback } from '../kernel/address.ts';
import { LOCAL, REMOTE, type SocketRow, TCP_TIME_WAIT } from '../kernel/socket-row.ts';
import type { PortSettings } from '../kernel/sysctl.ts';

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

/** `tcp_tw_reuse`: 1 is everywhere, 2 where either end is a loopback address. */
function reuseApplies(row: SocketRow, reuse: number): boolean {
  if (reuse !== 2) return reuse === 1;
  return isLoopback(row.addresses, LOCAL) || isLoopback(row.addresses, REMOTE);
}
