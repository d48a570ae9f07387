import { ListenError } from './listen-address.ts';

/** The first descriptor that systemd hands over (SD_LISTEN_FDS_START in sd-daemon.h). */
const FIRST = 3;

/** Far more than a unit has; a number with more digits would fill the memory. */
const MAX_SOCKETS = /^\d{1,3}$/;

/**
 * The descriptors of the sockets that systemd has opened for this process (sd_listen_fds(3)). Throws `ListenError` where
 * there is none.
 */
export function systemdSockets(
  environment: NodeJS.ProcessEnv = process.env,
  pid = process.pid,
): readonly number[] {
  const { LISTEN_PID, LISTEN_FDS } = environment;
  const isForUs = Number(LISTEN_PID) === pid && MAX_SOCKETS.test(LISTEN_FDS ?? '');
  const count = isForUs ? Number(LISTEN_FDS) : 0;
  if (count > 0) {
    return Array.from({ length: count }, (_, index) => FIRST + index);
  }
  throw new ListenError('--web.systemd-socket: systemd has handed no socket over to this process');
}
