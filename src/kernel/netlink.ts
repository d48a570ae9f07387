import { KernelError } from './kernel-error.ts';
import { libc } from './libc.ts';
import { HEADER, type MessageVisitor, type NetlinkMessage } from './netlink-message.ts';

/** Netlink families (include/uapi/linux/netlink.h). */
export const NETLINK_ROUTE = 0;
export const NETLINK_SOCK_DIAG = 4;

const [AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC, SOL_SOCKET] = [16, 3, 0o2000000, 1];
const [SO_RCVBUF, SO_RCVTIMEO] = [8, 20];
const [NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN] = [1, 2, 3, 4];
const NLM_F_MULTI = 0x2;

/** The kernel sends at most 32 KiB at a time (`netlink_dump` in net/netlink/af_netlink.c). */
const CHUNK_BYTES = 65_536;
const RECEIVE_BUFFER_BYTES = 1_048_576;

/** How long the kernel may stay silent, and how long a whole answer may take. */
const SILENCE_SECONDS = 2;
const ANSWER_MS = 20_000;

/** Where a socket's bytes come from; the kernel, but for tests. */
export interface Wire {
  /** Throws `KernelError`. */
  send(request: Uint8Array): void;
  /** One datagram into `into`; its whole length, 0 where it was not for us. Throws `KernelError`. */
  receive(into: Uint8Array): number;
  close(): void;
}

/** One netlink conversation at a time: a request, and every message of its answer. */
export class NetlinkSocket {
  readonly #name: string;
  readonly #wire: Wire;
  readonly #cursor = new Cursor();
  #sequence = 0;

  /** `name` is what errors call it. */
  constructor(name: string, wire: Wire) {
    this.#name = name;
    this.#wire = wire;
  }

  /** The namespace is the one this thread is in now. Throws `KernelError`. */
  static open(family: number, name: string): NetlinkSocket {
    return new NetlinkSocket(name, KernelWire.open(family, name));
  }

  close(): void {
    this.#wire.close();
  }

  /**
   * Sends `request`, whose sequence number it writes, and visits the answer's messages; returns how many
   * there were. Throws `KernelError`; the socket must then be closed, for the rest may still come.
   */
  ask(request: Uint8Array, visit: MessageVisitor): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    new Uint32Array(request.buffer, request.byteOffset, 4)[2] = this.#sequence;
    this.#wire.send(request);
    const answer = new Answer(this.#name, this.#sequence, this.#cursor);
    const deadlineMs = performance.now() + ANSWER_MS;
    while (!answer.complete) {
      answer.take(this.#wire.receive(this.#cursor.bytes), visit);
      if (performance.now() > deadlineMs) {
        throw new KernelError(this.#name, `the answer did not end within ${ANSWER_MS / 1000} s`);
      }
    }
    return answer.messages;
  }
}

class Cursor implements NetlinkMessage {
  readonly bytes = new Uint8Array(CHUNK_BYTES);
  readonly halves = new Uint16Array(this.bytes.buffer);
  readonly words = new Int32Array(this.bytes.buffer);
  payload = 0;
  end = 0;
}

/** Cuts datagrams into messages, until the answer is complete. */
class Answer {
  complete = false;
  messages = 0;
  readonly #name: string;
  readonly #sequence: number;
  readonly #cursor: Cursor;
  readonly #words: Int32Array;

  constructor(name: string, sequence: number, cursor: Cursor) {
    this.#name = name;
    this.#sequence = sequence;
    this.#cursor = cursor;
    this.#words = cursor.words;
  }

  take(length: number, visit: MessageVisitor): void {
    if (length > CHUNK_BYTES) throw this.#error(`a datagram of ${length} bytes was cut`);
    let at = 0;
    while (at + HEADER <= length && !this.complete) {
      const size = this.#words[at >> 2] ?? 0;
      if (size < HEADER || at + size > length) throw this.#error('a message is cut');
      if (this.#words[(at >> 2) + 2] === (this.#sequence | 0)) this.#read(at, at + size, visit);
      at += (size + 3) & ~3;
    }
    if (at < length && !this.complete) throw this.#error('a message is cut');
  }

  #read(at: number, end: number, visit: MessageVisitor): void {
    const typeAndFlags = this.#words[(at >> 2) + 1] ?? 0;
    const type = typeAndFlags & 0xffff;
    const multi = ((typeAndFlags >>> 16) & NLM_F_MULTI) !== 0;
    if (type === NLMSG_NOOP) return;
    if (type === NLMSG_OVERRUN) throw this.#error('the kernel lost a part of the answer');
    if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      this.#finish(end >= at + HEADER + 4 ? (this.#words[(at + HEADER) >> 2] ?? 0) : 0);
      return;
    }
    this.messages += 1;
    this.#cursor.payload = at + HEADER;
    this.#cursor.end = end;
    visit(this.#cursor);
    if (!multi) this.complete = true;
  }

  /** A dump ends with a status too: -ENOENT is a kernel without a handler, not an empty table. */
  #finish(status: number): void {
    this.complete = true;
    if (status < 0) throw refusal(this.#name, -status);
  }

  #error(problem: string): KernelError {
    return new KernelError(this.#name, problem);
  }
}

const REFUSALS = new Map<number, readonly [errno: string, problem: string]>([
  [1, ['EPERM', 'not permitted']],
  [2, ['ENOENT', 'the kernel has no handler (modules tcp_diag, udp_diag and inet_diag)']],
  [13, ['EACCES', 'permission denied']],
  [101, ['ENETUNREACH', 'the network is unreachable']],
  [113, ['EHOSTUNREACH', 'the host is unreachable']],
  [16, ['EBUSY', 'another dump is still running']],
  [22, ['EINVAL', 'the kernel does not know the request']],
  [116, ['ESTALE', 'the socket is another by now']],
  [95, ['EOPNOTSUPP', 'the kernel does not support the request']],
]);

function refusal(name: string, code: number): KernelError {
  const [errno, problem] = REFUSALS.get(code) ?? [`errno ${code}`, `refused (errno ${code})`];
  return new KernelError(name, problem, errno);
}

/** A socket of the kernel's. Datagrams of anybody else (port id other than 0) are dropped. */
class KernelWire implements Wire {
  readonly #name: string;
  readonly #fd: number;
  readonly #sender = new Uint8Array(12);
  readonly #senderWords = new Uint32Array(this.#sender.buffer);

  private constructor(name: string, fd: number) {
    this.#name = name;
    this.#fd = fd;
  }

  static open(family: number, name: string): KernelWire {
    const fd = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
    if (fd < 0) throw failed(name, 'no netlink socket is to be had');
    const seconds = new BigInt64Array([BigInt(SILENCE_SECONDS), 0n]);
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, new Uint8Array(seconds.buffer));
    const buffer = new Int32Array([RECEIVE_BUFFER_BYTES]);
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(buffer.buffer));
    return new KernelWire(name, fd);
  }

  send(request: Uint8Array): void {
    if (libc().send(this.#fd, request) < 0) throw failed(this.#name, 'a request was refused');
  }

  receive(into: Uint8Array): number {
    const length = libc().recvfrom(this.#fd, into, this.#sender);
    if (length < 0) this.#throwUnlessInterrupted();
    return length < 0 || this.#senderWords[1] !== 0 ? 0 : length;
  }

  close(): void {
    libc().close(this.#fd);
  }

  #throwUnlessInterrupted(): void {
    const errno = libc().errnoName();
    if (errno === 'EINTR') return;
    const silent = errno === 'EAGAIN' || errno === 'EWOULDBLOCK';
    const problem = silent ? `no answer within ${SILENCE_SECONDS} s` : `cannot be read (${errno})`;
    throw new KernelError(this.#name, problem, errno);
  }
}

function failed(name: string, problem: string): KernelError {
  const errno = libc().errnoName();
  return new KernelError(name, `${problem} (${errno})`, errno);
}
