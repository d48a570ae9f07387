import koffi from 'koffi';

/** System calls by hand: the tests need socket options and sequences that Node's `net` does not offer. */

const libc = koffi.load(null);
const calls = {
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  bind: libc.func('int bind(int fd, const uint8_t *address, uint32_t length)'),
  connect: libc.func('int connect(int fd, const uint8_t *address, uint32_t length)'),
  listen: libc.func('int listen(int fd, int backlog)'),
  accept: libc.func('int accept4(int fd, void *address, void *length, int flags)'),
  close: libc.func('int close(int fd)'),
  setsockopt: libc.func(
    'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)',
  ),
  getsockopt: libc.func(
    'int getsockopt(int fd, int level, int name, _Inout_ uint8_t *value, _Inout_ uint32_t *length)',
  ),
  getsockname: libc.func(
    'int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)',
  ),
  ioctl: libc.func('int ioctl(int fd, unsigned long request, const uint8_t *argument)'),
  unshare: libc.func('int unshare(int flags)'),
  setfsuid: libc.func('int setfsuid(uint32_t uid)'),
  setns: libc.func('int setns(int fd, int type)'),
} as const;

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;
export const SOCK_NONBLOCK = 0o4000;
/** A program that a test starts must not keep its sockets, and with them their namespace. */
const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
export const IPPROTO_IP = 0;
export const IPPROTO_IPV6 = 41;
export const IPPROTO_SCTP = 132;
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const IPV6_V6ONLY = 26;

/** A system call said no. */
export class SyscallError extends Error {
  readonly errno: string;

  constructor(call: string, errno: string) {
    super(`${call}: ${errno}`);
    this.errno = errno;
  }
}

/** EWOULDBLOCK is EAGAIN by another name. */
const ERRNO_NAMES = new Map(
  Object.entries(koffi.os.errno)
    .filter(([name]) => name !== 'EWOULDBLOCK')
    .map(([name, code]) => [code, name]),
);

/** The result of a system call. Throws `SyscallError` where it is below 0. */
export function check(call: string, result: number): number {
  if (result >= 0) return result;
  const code = koffi.errno();
  throw new SyscallError(call, ERRNO_NAMES.get(code) ?? String(code));
}

/** The user to whom sockets belong that this thread opens from now on; returns who it is then. */
export function openAs(uid: number): number {
  calls.setfsuid(uid);
  return calls.setfsuid(uid) as number;
}

/** `protocol` 0 is the usual one of the type. */
export function socket(domain: number, type: number, protocol = 0): number {
  return check('socket', calls.socket(domain, type | SOCK_CLOEXEC, protocol) as number);
}

export function bind(fd: number, address: Uint8Array): void {
  check('bind', calls.bind(fd, address, address.length) as number);
}

export function connect(fd: number, address: Uint8Array): void {
  check('connect', calls.connect(fd, address, address.length) as number);
}

export function listen(fd: number, backlog: number): void {
  check('listen', calls.listen(fd, backlog) as number);
}

export function accept(fd: number): number {
  return check('accept', calls.accept(fd, null, null, SOCK_CLOEXEC) as number);
}

export function close(fd: number): void {
  check('close', calls.close(fd) as number);
}

export function setOption(fd: number, level: number, name: number, value: number): void {
  const bytes = new Uint8Array(new Int32Array([value]).buffer);
  check('setsockopt', calls.setsockopt(fd, level, name, bytes, bytes.length) as number);
}

/** Asks for an option; `value` goes to the kernel and comes back. */
export function askOption(fd: number, level: number, name: number, value: Uint8Array): void {
  check('getsockopt', calls.getsockopt(fd, level, name, value, [value.length]) as number);
}

export function bindToDevice(fd: number, device: string): void {
  const name = Buffer.from(`${device}\0`);
  check(
    'setsockopt',
    calls.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length) as number,
  );
}

export function localPort(fd: number): number {
  const address = new Uint8Array(28);
  check('getsockname', calls.getsockname(fd, address, [28]) as number);
  return ((address[2] ?? 0) << 8) | (address[3] ?? 0);
}

export function ioctl(fd: number, request: number, argument: Uint8Array): void {
  check('ioctl', calls.ioctl(fd, request, argument) as number);
}

/** Moves the calling thread to a new network namespace; processes it starts go along. */
export function unshareNetwork(): void {
  check('unshare', calls.unshare(0x40000000) as number);
}

/** Moves the calling thread to a new UTS namespace. */
export function unshareHostName(): void {
  check('unshare', calls.unshare(0x04000000) as number);
}

/** Moves the calling thread to the network namespace that `fd` is open on. */
export function setNetwork(fd: number): void {
  check('setns', calls.setns(fd, 0x40000000) as number);
}

/** `sockaddr_in` or `sockaddr_in6` of an address in text. */
export function socketAddress(text: string, port: number): Uint8Array {
  return text.includes(':') ? socketAddress6(text, port) : socketAddress4(text, port);
}

function socketAddress4(text: string, port: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new Uint16Array(bytes.buffer)[0] = AF_INET;
  bytes.set([port >> 8, port & 255, ...text.split('.').map(Number)], 2);
  return bytes;
}

function socketAddress6(text: string, port: number): Uint8Array {
  const bytes = new Uint8Array(28);
  new Uint16Array(bytes.buffer)[0] = AF_INET6;
  bytes.set([port >> 8, port & 255], 2);
  bytes.set(ipv6Bytes(text), 8);
  return bytes;
}

/** 16 bytes of an IPv6 address; `::ffff:1.2.3.4` too. */
export function ipv6Bytes(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (a: string, b: string): string => ((Number(a) << 8) | Number(b)).toString(16);
  const plain = dotted
    ? `${dotted[1]}${hex(dotted[2] ?? '', dotted[3] ?? '')}:${hex(dotted[4] ?? '', dotted[5] ?? '')}`
    : text;
  const [head = [], tail = []] = plain.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
