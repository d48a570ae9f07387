import { ADDRESS_WORDS, MAPPED_PREFIX } from '../../address.ts';
import { LITTLE_ENDIAN } from '../../byte-order.ts';
import {
  LOCAL,
  REMOTE,
  type SocketRow,
  TCP_FIN_WAIT2,
  TCP_NEW_SYN_RECV,
  TCP_TIME_WAIT,
} from '../../socket-row.ts';

/**
 * Decodes one line of /proc/net/{tcp,tcp6,udp,udp6} (`get_tcp4_sock` in net/ipv4/tcp_ipv4.c and its like):
 *
 *     sl: LOCAL:PORT REMOTE:PORT st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
 *
 * The slot number gets wider as the table grows. From its colon to `retrnsmt` each column has a fixed width.
 */

const [SPACE, COLON] = [32, 58];
/** Widths in characters, with the space behind each column. */
const [QUEUES, TIMER, RETRANSMITS] = [18, 12, 9];
/** The timer of TIME_WAIT and of FIN_WAIT2 that the kernel has put in a small socket (`get_timewait4_sock`). */
const TIMER_TIME_WAIT = 3;

/** Address columns of one family: their width in characters, and the words they hold. */
export interface RowFormat {
  readonly ipv6Socket: boolean;
  readonly addressWidth: number;
}

export const IPV4_ROWS: RowFormat = { ipv6Socket: false, addressWidth: 8 };
export const IPV6_ROWS: RowFormat = { ipv6Socket: true, addressWidth: 32 };

/** The value of a hexadecimal digit; -1 for any other byte, so that an OR of several is negative too. */
const DIGITS = Int8Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? -1 : value;
});

/** Fills `row` from `bytes[start, end)`; false where the line is cut or malformed. */
export function decodeRow(
  row: SocketRow,
  format: RowFormat,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const colon = slotEnd(bytes, start, end);
  if (colon < 0) return false;
  const width = format.addressWidth;
  const local = colon + 2;
  const remote = local + width + 6;
  const state = remote + width + 6;
  if (state + 3 + QUEUES + TIMER + RETRANSMITS > end) return false;
  if (!hasSeparators(bytes, local, remote, state, width)) return false;
  row.ipv6Socket = format.ipv6Socket;
  return (
    decodeAddress(row, LOCAL, bytes, local, width) &&
    decodeAddress(row, REMOTE, bytes, remote, width) &&
    decodePorts(row, bytes, local + width + 1, remote + width + 1) &&
    decodeState(row, bytes, state)
  );
}

/** The index of the colon behind the slot number; -1 where there is none. */
function slotEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === SPACE) at += 1;
  const first = at;
  while (at < end && isDecimal(bytes[at] ?? 0)) at += 1;
  return at > first && bytes[at] === COLON && bytes[at + 1] === SPACE ? at : -1;
}

function isDecimal(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function hasSeparators(
  bytes: Uint8Array,
  local: number,
  remote: number,
  state: number,
  width: number,
): boolean {
  return (
    bytes[local + width] === COLON &&
    bytes[remote - 1] === SPACE &&
    bytes[remote + width] === COLON &&
    bytes[state - 1] === SPACE &&
    bytes[state + 2] === SPACE &&
    bytes[state + 2 + QUEUES] === SPACE &&
    bytes[state + 5 + QUEUES] === COLON
  );
}

function decodeAddress(
  row: SocketRow,
  offset: number,
  bytes: Uint8Array,
  at: number,
  width: number,
): boolean {
  const words = row.addresses;
  if (width === 8) {
    words[offset] = 0;
    words[offset + 1] = 0;
    words[offset + 2] = MAPPED_PREFIX;
    return decodeWord(words, offset + 3, bytes, at);
  }
  let whole = true;
  for (let word = 0; word < ADDRESS_WORDS; word += 1) {
    whole = decodeWord(words, offset + word, bytes, at + 8 * word) && whole;
  }
  return whole;
}

/** The kernel prints each network-order word as a host-order number. */
function decodeWord(words: Int32Array, index: number, bytes: Uint8Array, at: number): boolean {
  const a = byteAt(bytes, at);
  const b = byteAt(bytes, at + 2);
  const c = byteAt(bytes, at + 4);
  const d = byteAt(bytes, at + 6);
  words[index] = LITTLE_ENDIAN
    ? (d << 24) | (c << 16) | (b << 8) | a
    : (a << 24) | (b << 16) | (c << 8) | d;
  return (a | b | c | d) >= 0;
}

/** Two hexadecimal digits; negative where either is none. */
function byteAt(bytes: Uint8Array, at: number): number {
  const high = DIGITS[bytes[at] ?? 0] ?? -1;
  const low = DIGITS[bytes[at + 1] ?? 0] ?? -1;
  return (high | low) < 0 ? -1 : (high << 4) | low;
}

function decodePorts(row: SocketRow, bytes: Uint8Array, local: number, remote: number): boolean {
  row.localPort = portAt(bytes, local);
  row.remotePort = portAt(bytes, remote);
  return (row.localPort | row.remotePort) >= 0;
}

function portAt(bytes: Uint8Array, at: number): number {
  const high = byteAt(bytes, at);
  const low = byteAt(bytes, at + 2);
  return (high | low) < 0 ? -1 : (high << 8) | low;
}

function decodeState(row: SocketRow, bytes: Uint8Array, at: number): boolean {
  row.state = byteAt(bytes, at);
  if (row.state < 1 || row.state > TCP_NEW_SYN_RECV) return false;
  row.remainingMs = 0;
  if (row.state !== TCP_TIME_WAIT && row.state !== TCP_FIN_WAIT2) return true;
  return decodeTimeWait(row, bytes, at + 3 + QUEUES);
}

/** `tr:tm->when`, `when` in hundredths of a second. */
function decodeTimeWait(row: SocketRow, bytes: Uint8Array, at: number): boolean {
  const timer = byteAt(bytes, at);
  const [high, low] = [portAt(bytes, at + 3), portAt(bytes, at + 7)];
  if ((timer | high | low) < 0) return false;
  if (timer === TIMER_TIME_WAIT) row.remainingMs = 10 * (high * 0x10000 + low);
  return true;
}

/**
 * Where the columns `uid timeout inode` begin, right-aligned in 5, 8 and 1 characters or more, in a line that
 * `decodeRow` could decode.
 */
export function ownerColumns(
  format: RowFormat,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const state = slotEnd(bytes, start, end) + 2 + 2 * (format.addressWidth + 6);
  return state + 3 + QUEUES + TIMER + RETRANSMITS;
}
