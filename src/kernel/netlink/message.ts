/** Messages of netlink (include/uapi/linux/netlink.h): requests to write, and messages of answers to read. */

/** Bytes of `struct nlmsghdr`, and of `struct nlattr`. */
export const HEADER = 16;
export const ATTRIBUTE_HEADER = 4;

const NLM_F_REQUEST = 0x1;
/** Asks for all objects, and not for one. */
export const NLM_F_DUMP = 0x300;

/** A request's bytes, all zero but for its header; `halves` and `words` are the same memory. */
export class Request {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;

  constructor(type: number, flags: number, payloadBytes: number) {
    this.bytes = new Uint8Array(HEADER + payloadBytes);
    this.halves = new Uint16Array(this.bytes.buffer);
    this.words = new Int32Array(this.bytes.buffer);
    this.words[0] = this.bytes.length;
    this.halves[2] = type;
    this.halves[3] = NLM_F_REQUEST | flags;
  }

  /** Writes an attribute at `at`, which is divisible by 4. */
  attribute(at: number, type: number, value: Uint8Array): void {
    this.halves[at >> 1] = ATTRIBUTE_HEADER + value.length;
    this.halves[(at >> 1) + 1] = type;
    this.bytes.set(value, at + ATTRIBUTE_HEADER);
  }
}

/** One message of an answer. It is one object for all messages of an answer, valid until the visitor returns. */
export interface NetlinkMessage {
  /** Holds the whole datagram; the payload is `bytes[payload, end)`. */
  readonly bytes: Uint8Array;
  /** The same memory as numbers of 16 and of 32 bits, in the byte order of this machine. */
  readonly halves: Uint16Array;
  readonly words: Int32Array;
  /** Where the payload starts; divisible by 4. */
  readonly payload: number;
  readonly end: number;
  /** The kernel wrote the datagram after this moment, in milliseconds of `performance.now()`. */
  readonly filledAfterMs: number;
}

export type MessageVisitor = (message: NetlinkMessage) => void;

/**
 * Where the value of the attribute `type` starts; -1 where there is none, or one shorter than `minimum` bytes.
 * The attributes start at `from`.
 */
export function findAttribute(
  { halves, end }: NetlinkMessage,
  from: number,
  type: number,
  minimum: number,
): number {
  for (let at = from; at + ATTRIBUTE_HEADER <= end;) {
    const length = halves[at >> 1] ?? 0;
    if (length < ATTRIBUTE_HEADER) return -1;
    if (halves[(at >> 1) + 1] === type) {
      const whole = length >= ATTRIBUTE_HEADER + minimum && at + length <= end;
      return whole ? at + ATTRIBUTE_HEADER : -1;
    }
    at += (length + 3) & ~3;
  }
  return -1;
}
