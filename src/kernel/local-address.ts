import { isIPv6 } from 'node:net';
import { parseAddress } from './address.ts';
import { KernelError } from './kernel-error.ts';
import { type Libc, libc } from './libc.ts';

const [AF_INET, AF_INET6] = [2, 10];
const SOCK_STREAM = 1;
const [IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT] = [0, 24];

/**
 * Whether a program in the network namespace of this thread may bind the address (`inet_addr_valid_or_nonlocal` in
 * include/net/inet_sock.h), in canonical text; undefined where that cannot be asked. No port is taken for the question.
 */
export function isLocalAddress(text: string): boolean | undefined {
  try {
    return mayBind(libc(), text);
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}

function mayBind(kernel: Libc, text: string): boolean | undefined {
  const fd = kernel.socket(isIPv6(text) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return undefined;
  try {
    const on = new Uint8Array(new Int32Array([1]).buffer);
    if (kernel.setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, on) < 0) return undefined;
    return kernel.bind(fd, socketAddress(text)) === 0;
  } finally {
    kernel.close(fd);
  }
}

/** `struct sockaddr_in` or `sockaddr_in6` with port 0 (include/uapi/linux/in.h, in6.h). */
function socketAddress(text: string): Uint8Array {
  const words = parseAddress(text);
  const [family, length, first, at] = isIPv6(text) ? [AF_INET6, 28, 0, 8] : [AF_INET, 16, 3, 4];
  const bytes = new Uint8Array(length);
  new Uint16Array(bytes.buffer)[0] = family;
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.subarray(first).entries()) view.setInt32(at + 4 * index, word);
  return bytes;
}
