import { ListenError } from './listen-address.ts';

/** The first descriptor that systemd hands over (SD_LISTEN_FDS_START in sd-daemon.h). */
const FIRST = 3;

/**
 * The descriptors of the sockets that systemd has opened for this process (sd_listen_fds(3)). Throws `ListenError` where
 * there is none.
 */
export function systemdSockets(
  environment: NodeJS.ProcessEnv = process.env,
  pid = process.pid,
): readonly number[] {
  const { LISTEN_PID, LISTEN_FDS } = environment;
  const count = Number(LISTEN_PID) === pid ? Number(LISTEN_FDS) : 0;
  if (Number.isInteger(count) && count > 0) {
    return Array.from({ length: count }, (_, index) => FIRST + index);
  }
  throw new ListenError('--web.systemd-socket: systemd has handed no socket over to this process');
}
