import { KernelError } from '../kernel-error.ts';
import { HEADER, type MessageVisitor, type NetlinkMessage } from './message.ts';

const [NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN] = [1, 2, 3, 4];
const NLM_F_MULTI = 0x2;

/** The kernel sends at most 32 KiB at a time (`netlink_dump` in net/netlink/af_netlink.c). */
const CHUNK_BYTES = 65_536;

/** The memory that datagrams are received into, and the message in it that is being looked at. */
export class Cursor implements NetlinkMessage {
  readonly bytes = new Uint8Array(CHUNK_BYTES);
  readonly halves = new Uint16Array(this.bytes.buffer);
  readonly words = new Int32Array(this.bytes.buffer);
  payload = 0;
  end = 0;
}

/** Cuts datagrams into messages, until the answer is complete. */
export class Answer {
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

/** What the kernel says no with (include/uapi/asm-generic/errno.h). */
const REFUSALS = new Map<number, readonly [errno: string, problem: string]>([
  [1, ['EPERM', 'not permitted']],
  [2, ['ENOENT', 'the kernel has no handler (modules tcp_diag, udp_diag and inet_diag)']],
  [13, ['EACCES', 'permission denied']],
  [16, ['EBUSY', 'another dump is still running']],
  [22, ['EINVAL', 'the kernel does not know the request']],
  [95, ['EOPNOTSUPP', 'the kernel does not support the request']],
  [101, ['ENETUNREACH', 'the network is unreachable']],
  [113, ['EHOSTUNREACH', 'the host is unreachable']],
  [116, ['ESTALE', 'the socket is another by now']],
]);

function refusal(name: string, code: number): KernelError {
  const [errno, problem] = REFUSALS.get(code) ?? [`errno ${code}`, `refused (errno ${code})`];
  return new KernelError(name, problem, errno);
}
