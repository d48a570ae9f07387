import { KernelError } from '../kernel-error.ts';
import { type Cursor, CURSOR_BYTES } from './cursor.ts';
import { HEADER, type MessageVisitor } from './message.ts';

const [NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN] = [1, 2, 3, 4];
const NLM_F_MULTI = 0x2;

/** The answer to one request: cuts datagrams into messages until one says that it was the last. */
export class Answer {
  isComplete = false;
  /** How many were visited. */
  messages = 0;
  readonly #name: string;
  readonly #sequence: number;
  readonly #cursor: Cursor;
  readonly #words: Int32Array;

  /** `name` is what errors call the interface; `sequence` is that of the request. */
  constructor(name: string, sequence: number, cursor: Cursor) {
    this.#name = name;
    this.#sequence = sequence;
    this.#cursor = cursor;
    this.#words = cursor.words;
  }

  /**
   * Visits the messages of the datagram of `length` bytes in the cursor. Throws `KernelError` where the
   * kernel refused the request, or the datagram is cut.
   */
  readDatagram(length: number, visit: MessageVisitor): void {
    if (length > CURSOR_BYTES) throw this.#error(`a datagram of ${length} bytes was cut`);
    let at = 0;
    while (at + HEADER <= length && !this.isComplete) {
      const size = this.#words[at >> 2] ?? 0;
      if (size < HEADER || at + size > length) throw this.#error('a message is cut');
      if (this.#words[(at >> 2) + 2] === (this.#sequence | 0)) this.#readMessage(at, size, visit);
      at += (size + 3) & ~3;
    }
    if (at < length && !this.isComplete) throw this.#error('a message is cut');
  }

  #readMessage(at: number, size: number, visit: MessageVisitor): void {
    const typeAndFlags = this.#words[(at >> 2) + 1] ?? 0;
    const type = typeAndFlags & 0xffff;
    if (type === NLMSG_NOOP) return;
    if (type === NLMSG_OVERRUN) throw this.#error('the kernel lost a part of the answer');
    if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      this.#end(size >= HEADER + 4 ? (this.#words[(at + HEADER) >> 2] ?? 0) : 0);
      return;
    }
    this.messages += 1;
    this.#cursor.payload = at + HEADER;
    this.#cursor.end = at + size;
    visit(this.#cursor);
    if (((typeAndFlags >>> 16) & NLM_F_MULTI) === 0) this.isComplete = true;
  }

  /** A dump ends with a status too: where it is -ENOENT, the kernel has no handler and the table is not empty. */
  #end(status: number): void {
    this.isComplete = true;
    if (status < 0) throw refusal(this.#name, -status);
  }

  #error(problem: string): KernelError {
    return new KernelError(this.#name, problem);
  }
}

/** What the errors mean with which the kernel ends an answer (include/uapi/asm-generic/errno.h). */
const REFUSALS = new Map<number, readonly [errno: string, problem: string]>([
  [1, ['EPERM', 'not permitted']],
  [2, ['ENOENT', 'the kernel has no handler (modules tcp_diag, udp_diag and inet_diag)']],
  [13, ['EACCES', 'permission denied']],
  [16, ['EBUSY', 'another dump is still running']],
  [22, ['EINVAL', 'the kernel does not know the request']],
  [95, ['EOPNOTSUPP', 'the kernel does not support the request']],
  [101, ['ENETUNREACH', 'the network is unreachable']],
  [113, ['EHOSTUNREACH', 'the host is unreachable']],
  [116, ['ESTALE', 'another socket has these addresses and ports now']],
]);

function refusal(name: string, code: number): KernelError {
  const [errno, problem] = REFUSALS.get(code) ?? [`errno ${code}`, `refused (errno ${code})`];
  return new KernelError(name, problem, errno);
}
