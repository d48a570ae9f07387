import { KernelError } from '../kernel-error.ts';
import { Answer, Cursor } from './answer.ts';
import type { MessageVisitor } from './message.ts';
import { KernelWire, type Wire } from './wire.ts';

/** Netlink families (include/uapi/linux/netlink.h). */
export const NETLINK_ROUTE = 0;
export const NETLINK_SOCK_DIAG = 4;

/** How long a whole answer may take. */
const ANSWER_MS = 20_000;

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
