import { readFileSync } from 'node:fs';
import koffi from 'koffi';

/** Somebody else on the machine, who sends netlink messages to sockets that asked the kernel. */

const libc = koffi.load(null);
const calls = {
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  sendto: libc.func(
    'long sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *address, uint32_t addressLength)',
  ),
  close: libc.func('int close(int fd)'),
} as const;

const [AF_NETLINK, SOCK_RAW] = [16, 3];

/** Sends `datagrams` to the socket with `portId`, in order. */
export function sendTo(portId: number, protocol: number, datagrams: readonly Uint8Array[]): void {
  const fd = calls.socket(AF_NETLINK, SOCK_RAW, protocol) as number;
  if (fd < 0) throw new Error(`no netlink socket (errno ${koffi.errno()})`);
  const address = new Uint8Array(new Uint32Array([0, portId, 0]).buffer);
  new Uint16Array(address.buffer)[0] = AF_NETLINK;
  try {
    for (const bytes of datagrams) {
      const sent = calls.sendto(fd, bytes, bytes.length, 0, address, address.length) as number;
      if (sent !== bytes.length) throw new Error(`not sent (errno ${koffi.errno()})`);
    }
  } finally {
    calls.close(fd);
  }
}

/** Port ids of this namespace's sockets of `protocol`, the kernel's own (0) aside; it gives one at the first request. */
export function portIds(protocol: number): number[] {
  const [, ...lines] = readFileSync('/proc/thread-self/net/netlink', 'utf8').trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, of, portId]) => of === protocol && portId !== 0)
    .map(([, , portId = 0]) => portId);
}
