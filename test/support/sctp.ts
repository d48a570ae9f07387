import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import * as sys from '../../deploy/demo/lab/syscalls.ts';

/** SCTP sockets by hand. `one` has one association as a TCP socket has; `many` has any number. */
export type SctpStyle = 'one' | 'many';

const TYPES: Readonly<Record<SctpStyle, number>> = {
  one: sys.SOCK_STREAM,
  many: sys.SOCK_SEQPACKET,
};

/** include/uapi/linux/sctp.h. */
const SCTP_SOCKOPT_PEELOFF = 102;
const SCTP_GET_ASSOC_ID_LIST = 29;

/**
 * Why there is no SCTP here; undefined where there is. Opening a socket loads the module, if there is one.
 * Throws where `EXPECT_SCTP` says that there must be.
 */
export function missingSctp(): string | undefined {
  try {
    sys.close(sys.socket(sys.AF_INET, sys.SOCK_STREAM, sys.IPPROTO_SCTP));
    return undefined;
  } catch (error) {
    const unknown = ['EPROTONOSUPPORT', 'ESOCKTNOSUPPORT'];
    if (!(error instanceof sys.SyscallError && unknown.includes(error.errno))) throw error;
    if (process.env['EXPECT_SCTP'] === 'true') throw error;
    return `this kernel has no SCTP (${error.errno})`;
  }
}

/** A socket bound to `port` of `address` (0: the kernel's choice), idle. Throws `SyscallError`. */
export function bindSctp(
  network: Network,
  address: string,
  port: number,
  style: SctpStyle = 'one',
): number {
  const fd = network.openSctp(address, TYPES[style]);
  try {
    sys.bind(fd, sys.socketAddress(address, port));
  } catch (error) {
    network.close(fd);
    throw error;
  }
  return fd;
}

export function listenSctp(
  network: Network,
  address: string,
  port: number,
  style: SctpStyle = 'one',
): number {
  const fd = bindSctp(network, address, port, style);
  sys.listen(fd, 4096);
  return fd;
}

/** Connects once; the kernel chooses the port. Throws `SyscallError`. */
export function connectSctp(
  network: Network,
  { to, port, mapped }: Target,
  style: SctpStyle = 'one',
): number {
  const fd = network.openSctp(mapped ? '::' : to, TYPES[style]);
  try {
    sys.connect(fd, sys.socketAddress(mapped ? `::ffff:${to}` : to, port));
  } catch (error) {
    network.close(fd);
    throw error;
  }
  return fd;
}

/** Gives a one-to-many socket another association. */
export function associate(fd: number, { to, port }: Target): void {
  sys.connect(fd, sys.socketAddress(to, port));
}

/** Moves the first association of a one-to-many socket to a socket of its own. */
export function peelOff(network: Network, fd: number): number {
  const list = new Uint8Array(4 + 4 * 64);
  sys.askOption(fd, sys.IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, list);
  const request = new Uint32Array([new Uint32Array(list.buffer)[1] ?? 0, 0]);
  const bytes = new Uint8Array(request.buffer);
  sys.askOption(fd, sys.IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, bytes);
  return network.keep(request[1] ?? -1);
}
