import { KernelError } from '../kernel-error.ts';
import { Answer } from './answer.ts';
import { type Cursor, withCursor } from './cursor.ts';
import type { MessageVisitor } from './message.ts';
import { KernelTransport, type NetlinkTransport } from './transport.ts';

/** Netlink families (include/uapi/linux/netlink.h). */
export const NETLINK_ROUTE = 0;
export const NETLINK_SOCK_DIAG = 4;

/** Chosen: ten times what a dump of four million sockets takes, at half a second for each million. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Sends requests, and receives the whole answer of one before the next. */
export class NetlinkSocket {
  readonly #name: string;
  readonly #transport: NetlinkTransport;
  #sequence = 0;

  /** `name` is what errors call it. */
  constructor(name: string, transport: NetlinkTransport) {
    this.#name = name;
    this.#transport = transport;
  }

  /** Belongs to the namespace that this thread is in. Throws `KernelError`. */
  static open(family: number, name: string): NetlinkSocket {
    return new NetlinkSocket(name, KernelTransport.open(family, name));
  }

  close(): void {
    this.#transport.close();
  }

  /**
   * Sends `request`, whose sequence number it writes, and visits the messages of the answer; returns how many
   * there were. The visitor may send requests by other sockets, not by this one. Throws `KernelError`; the
   * socket must then be closed, because the rest of the answer may still come.
   */
  request(request: Uint8Array, visit: MessageVisitor): number {
    return withCursor((cursor) => this.#request(request, cursor, visit));
  }

  #request(request: Uint8Array, cursor: Cursor, visit: MessageVisitor): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    new Uint32Array(request.buffer, request.byteOffset, 4)[2] = this.#sequence;
    // The kernel writes the first datagram of a dump when it is asked, and each further one when the one before is taken
    // (`netlink_recvmsg` in net/netlink/af_netlink.c).
    let nextFilledAfterMs = performance.now();
    const deadlineMs = nextFilledAfterMs + ANSWER_TIMEOUT_MS;
    this.#transport.send(request);
    const answer = new Answer(this.#name, this.#sequence, cursor);
    while (!answer.isComplete) {
      cursor.filledAfterMs = nextFilledAfterMs;
      nextFilledAfterMs = performance.now();
      answer.readDatagram(this.#transport.receive(cursor.bytes), visit);
      if (performance.now() > deadlineMs) {
        const seconds = ANSWER_TIMEOUT_MS / 1000;
        throw new KernelError(this.#name, `the answer did not end within ${seconds} s`);
      }
    }
    return answer.messages;
  }
}
