import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import * as sys from '../../deploy/demo/lab/syscalls.ts';

/** Sockets whose port `connect()` chooses, but otherwise than it usually does. */

const [SO_MARK, IP_LOCAL_PORT_RANGE] = [36, 51];
const IPPROTO_MPTCP = 262;

/** Connects with a firewall mark, by which policy routing may choose the route and the local address. */
export function connectMarked(network: Network, { to, port }: Target, mark: number): number {
  const fd = open(network, 0);
  sys.setOption(fd, sys.SOL_SOCKET, SO_MARK, mark);
  sys.connect(fd, sys.socketAddress(to, port));
  return fd;
}

/** Connects from a port between `low` and `high` (IP_LOCAL_PORT_RANGE); ENOPROTOOPT before Linux 6.3. */
export function connectWithin(
  network: Network,
  { to, port }: Target,
  low: number,
  high: number,
): number {
  const fd = open(network, 0);
  sys.setOption(fd, sys.IPPROTO_IP, IP_LOCAL_PORT_RANGE, (high << 16) | low);
  sys.connect(fd, sys.socketAddress(to, port));
  return fd;
}

/** Connects by MPTCP; EPROTONOSUPPORT where the kernel does not have it. */
export function connectMptcp(network: Network, { to, port }: Target): number {
  const fd = open(network, IPPROTO_MPTCP);
  sys.connect(fd, sys.socketAddress(to, port));
  return fd;
}

function open(network: Network, protocol: number): number {
  return network.keep(sys.socket(sys.AF_INET, sys.SOCK_STREAM, protocol));
}
