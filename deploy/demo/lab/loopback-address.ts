import * as sys from './syscalls.ts';

/** The system calls behind `ip address add ADDRESS dev lo` (netdevice(7)). */

const SIOCSIFADDR = 0x8916;
const LOOPBACK_INDEX = 1;

/** Adds an IPv4 address as alias number `alias` of the loopback device. */
export function addIpv4(text: string, alias: number): void {
  const fd = sys.socket(sys.AF_INET, sys.SOCK_DGRAM);
  const request = new Uint8Array(40);
  request.set(Buffer.from(`lo:${alias}`));
  request.set(sys.socketAddress(text, 0), 16);
  sys.ioctl(fd, SIOCSIFADDR, request);
  sys.close(fd);
}

/** Adds an IPv6 address to the loopback device; it is tentative for a moment, and cannot be bound. */
export function addIpv6(text: string): void {
  const fd = sys.socket(sys.AF_INET6, sys.SOCK_DGRAM);
  const request = new Uint8Array(24);
  request.set(sys.ipv6Bytes(text));
  new Uint32Array(request.buffer).set([128, LOOPBACK_INDEX], 4);
  sys.ioctl(fd, SIOCSIFADDR, request);
  sys.close(fd);
}
