import { release } from 'node:os';

/** What differs between kernels; the tests assert each side where it runs. */

const [MAJOR = 0, MINOR = 0] = release().split('.').map(Number);

export function kernelAtLeast(major: number, minor: number): boolean {
  return MAJOR > major || (MAJOR === major && MINOR >= minor);
}

/** `tcp_tw_reuse_delay` is a setting. Before, a TIME_WAIT can be reused in the next whole second. */
export const HAS_REUSE_DELAY = kernelAtLeast(6, 14);

/** A `bind()` that went gives its port back although connect()ed sockets share it. */
export const UNBINDS_SHARED_PORTS = kernelAtLeast(6, 18);

/** inet_diag shows sockets that are bound but idle. */
export const SHOWS_IDLE = kernelAtLeast(6, 8);
