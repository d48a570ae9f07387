import { type Network, pause, type Target } from '../../deploy/demo/lab/network.ts';
import { bindSctp, connectSctp, type SctpStyle } from './sctp.ts';
import * as sys from '../../deploy/demo/lab/syscalls.ts';
import { localPort, SyscallError } from '../../deploy/demo/lab/syscalls.ts';

/** The kernel's own answers: system calls repeated until it refuses. Nothing here is this project's. */

/** More than any range of a scenario holds; a kernel that never refuses is a broken scenario. */
const BOUND = 2000;

function countUntil(errnos: readonly string[], call: () => number): number[] {
  const granted: number[] = [];
  while (granted.length < BOUND) {
    try {
      granted.push(call());
    } catch (error) {
      if (error instanceof SyscallError && errnos.includes(error.errno)) return granted;
      throw error;
    }
  }
  throw new Error(`the kernel granted ${BOUND} sockets and did not refuse`);
}

/** Connects that the kernel grants until EADDRNOTAVAIL. They stay open: the endpoint is full afterwards. */
export function countConnects(network: Network, target: Target): number {
  return countUntil(['EADDRNOTAVAIL'], () => network.connect(target)).length;
}

/** The local ports of all connects granted until EADDRNOTAVAIL, in order. */
export function portsOfConnects(network: Network, target: Target): number[] {
  return countUntil(['EADDRNOTAVAIL'], () => network.connect(target)).map(localPort);
}

/** `bind(0)`s of a TCP socket that the kernel grants until EADDRINUSE; they are closed again. */
export function countTcpBinds(network: Network, address: string): number {
  const granted = countUntil(['EADDRINUSE'], () => network.bindTcp(address, 0));
  network.close(...granted);
  return granted.length;
}

/** Autobinds of a UDP socket that the kernel grants until EADDRINUSE; they are closed again. */
export function countUdpBinds(network: Network, address: string): number {
  const granted = countUntil(['EADDRINUSE'], () => network.bindUdp(address, 0));
  network.close(...granted);
  return granted.length;
}

/** `bind(0)`s of an SCTP socket that the kernel grants until EADDRINUSE; they are closed again. */
export function countSctpBinds(network: Network, address: string): number {
  const granted = countUntil(['EADDRINUSE'], () => bindSctp(network, address, 0));
  network.close(...granted);
  return granted.length;
}

/** SCTP connects that the kernel grants until EAGAIN; they are closed again, and shut down meanwhile. */
export function countSctpConnects(network: Network, target: Target, style: SctpStyle): number {
  const granted = countUntil(['EAGAIN'], () => connectSctp(network, target, style));
  network.close(...granted);
  pause(200);
  return granted.length;
}

/** Whether a service can listen there now, with SO_REUSEADDR or without. */
export function canListen(address: string, port: number, reuseAddress = true): boolean {
  const fd = sys.socket(address.includes(':') ? sys.AF_INET6 : sys.AF_INET, sys.SOCK_STREAM);
  try {
    if (reuseAddress) sys.setOption(fd, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1);
    sys.bind(fd, sys.socketAddress(address, port));
    sys.listen(fd, 1);
    return true;
  } catch (error) {
    if (error instanceof SyscallError && error.errno === 'EADDRINUSE') return false;
    throw error;
  } finally {
    sys.close(fd);
  }
}
