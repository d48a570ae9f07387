import { release } from 'node:os';

/** Rules that are not the same in all kernels, and that nothing but the version tells. */

const [MAJOR = 0, MINOR = 0] = release()
  .split('.')
  .map((part) => Number.parseInt(part, 10));

/**
 * A port is free again for `connect()` when only connect()ed sockets are left on it; before Linux 6.18 it stays owned by a
 * `bind()` until its last socket is gone (`__inet_put_port` in net/ipv4/inet_hashtables.c).
 */
export const UNBINDS_SHARED_PORTS = MAJOR > 6 || (MAJOR === 6 && MINOR >= 18);
