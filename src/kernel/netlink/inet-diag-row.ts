import { ADDRESS_WORDS, MAPPED_PREFIX } from '../address.ts';
import { LITTLE_ENDIAN, networkWord } from '../byte-order.ts';
import { AF_INET, AF_INET6 } from './address-family.ts';
import { findAttribute, type NetlinkMessage } from './message.ts';
import {
  LOCAL,
  REMOTE,
  type RareFields,
  type SocketDetails,
  type SocketRow,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT2,
  TCP_NEW_SYN_RECV,
  TCP_TIME_WAIT,
} from '../socket-row.ts';

/**
 * Decodes `struct inet_diag_msg` and its attributes (include/uapi/linux/inet_diag.h), as `inet_sk_diag_fill`
 * in net/ipv4/inet_diag.c writes them.
 */

/** Bytes of the fixed part, and where its fields start. */
const FIXED = 72;
const [PORTS, SOURCE, DESTINATION, DEVICE, COOKIE, EXPIRES] = [4, 8, 24, 40, 44, 52];
const [UID, INODE] = [64, 68];

const [INET_DIAG_INFO, INET_DIAG_SKV6ONLY, INET_DIAG_CGROUP_ID, INET_DIAG_SOCKOPT] = [
  2, 11, 21, 22,
];
const TIMER_TIME_WAIT = 3;
/** The first bit field of a byte, as compilers lay it out. */
const FIRST_BIT = LITTLE_ENDIAN ? 1 : 0x80;

/** States in which the peer cannot have acknowledged a FIN of this end, for none was sent. */
const BEFORE_OUR_FIN = new Set([TCP_ESTABLISHED, TCP_CLOSE_WAIT]);

/** Fills `row` but for its rare fields; false where the message is too short or shows no socket. */
export function decodeDiagRow(row: SocketRow, message: NetlinkMessage): boolean {
  const { bytes, words, payload, end } = message;
  const family = bytes[payload];
  row.state = bytes[payload + 1] ?? 0;
  if (end - payload < FIXED || row.state < 1 || row.state > TCP_NEW_SYN_RECV) return false;
  if (family !== AF_INET && family !== AF_INET6) return false;
  row.ipv6Socket = family === AF_INET6;
  decodeAddress(row, LOCAL, words, (payload + SOURCE) >> 2);
  decodeAddress(row, REMOTE, words, (payload + DESTINATION) >> 2);
  decodeNumbers(row, message);
  decodeTimer(row, message);
  return true;
}

/** The rare fields of the socket in `message`, which is one that `decodeDiagRow` could decode. */
export class DiagRareFields implements RareFields {
  message: NetlinkMessage | undefined;

  get uid(): number {
    return this.#word(UID);
  }

  get inode(): number {
    return this.#word(INODE);
  }

  /** The kernel writes it for sockets that are listening or idle (`inet_diag_msg_attrs_fill`). */
  get v6Only(): boolean | undefined {
    const byte = this.#attributeByte(INET_DIAG_SKV6ONLY, 0);
    return byte === undefined ? undefined : byte === 1;
  }

  /** Of `struct inet_diag_sockopt`, which no row of TIME_WAIT or SYN_RECV has (`inet_diag_msg_attrs_fill`). */
  get bindAddressNoPort(): boolean | undefined {
    const byte = this.#attributeByte(INET_DIAG_SOCKOPT, 1);
    return byte === undefined ? undefined : (byte & FIRST_BIT) !== 0;
  }

  /** A number of 64 bits (`inet_diag_msg_attrs_fill`, since Linux 5.7), of which numbers of cgroups use less than 53. */
  get cgroupId(): number | undefined {
    const { message } = this;
    if (message === undefined) return undefined;
    const at = findAttribute(message, message.payload + FIXED, INET_DIAG_CGROUP_ID, 8);
    if (at < 0) return undefined;
    const [low, high] = LITTLE_ENDIAN ? [at, at + 4] : [at + 4, at];
    const word = (offset: number): number => (message.words[offset >> 2] ?? 0) >>> 0;
    return word(high) * 2 ** 32 + word(low);
  }

  #word(offset: number): number {
    const { message } = this;
    return message === undefined ? 0 : (message.words[(message.payload + offset) >> 2] ?? 0) >>> 0;
  }

  /** A byte of an attribute's value; undefined where the socket has no such attribute. */
  #attributeByte(type: number, index: number): number | undefined {
    const { message } = this;
    if (message === undefined) return undefined;
    const at = findAttribute(message, message.payload + FIXED, type, index + 1);
    return at < 0 ? undefined : message.bytes[at + index];
  }
}

function decodeNumbers(row: SocketRow, { bytes, words, payload }: NetlinkMessage): void {
  row.localPort = portAt(bytes, payload + PORTS);
  row.remotePort = portAt(bytes, payload + PORTS + 2);
  row.device = words[(payload + DEVICE) >> 2] ?? 0;
  row.cookieLow = words[(payload + COOKIE) >> 2] ?? 0;
  row.cookieHigh = words[(payload + COOKIE + 4) >> 2] ?? 0;
}

function portAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function decodeAddress(row: SocketRow, offset: number, words: Int32Array, at: number): void {
  const { addresses } = row;
  if (row.ipv6Socket) {
    for (let word = 0; word < ADDRESS_WORDS; word += 1) {
      addresses[offset + word] = networkWord(words[at + word] ?? 0);
    }
    return;
  }
  addresses[offset] = 0;
  addresses[offset + 1] = 0;
  addresses[offset + 2] = MAPPED_PREFIX;
  addresses[offset + 3] = networkWord(words[at] ?? 0);
}

/** `idiag_expires` is in milliseconds (`inet_twsk_diag_fill`). */
function decodeTimer(row: SocketRow, { bytes, words, payload }: NetlinkMessage): void {
  row.remainingMs = 0;
  if (row.state !== TCP_TIME_WAIT && row.state !== TCP_FIN_WAIT2) return;
  if (bytes[payload + 2] !== TIMER_TIME_WAIT) return;
  row.remainingMs = (words[(payload + EXPIRES) >> 2] ?? 0) >>> 0;
}

/** Where fields of `struct tcp_info` start (include/uapi/linux/tcp.h), and the length that holds all of them. */
const [OPTIONS, UNACKED, BYTES_ACKED, BYTES_SENT, BYTES_RETRANS] = [5, 24, 120, 200, 208];
const TCP_INFO_BYTES = 216;
const TCPI_OPT_TIMESTAMPS = 1;
/** Where the low word of a 64-bit number starts. */
const LOW_WORD = LITTLE_ENDIAN ? 0 : 4;

/**
 * What the `tcp_info` of a live socket tells. A SYN counts as one byte that was acknowledged, but not as one
 * that was sent (`tcp_ack` in net/ipv4/tcp_input.c). So a socket that connected has one acknowledged byte
 * more than it sent, and one that was accepted has not.
 */
export function decodeDetails(message: NetlinkMessage): SocketDetails {
  const at = findAttribute(message, message.payload + FIXED, INET_DIAG_INFO, TCP_INFO_BYTES);
  const state = message.bytes[message.payload + 1] ?? 0;
  if (at < 0) return { accepted: undefined, timestamps: undefined };
  const word = (offset: number): number => message.words[(at + offset) >> 2] ?? 0;
  const low = (offset: number): number => word(offset + LOW_WORD);
  const spare = (low(BYTES_ACKED) - (low(BYTES_SENT) - low(BYTES_RETRANS))) | 0;
  const judged = BEFORE_OUR_FIN.has(state) && word(UNACKED) === 0;
  return {
    accepted: judged ? spare === 0 : undefined,
    timestamps: ((message.bytes[at + OPTIONS] ?? 0) & TCPI_OPT_TIMESTAMPS) !== 0,
  };
}
