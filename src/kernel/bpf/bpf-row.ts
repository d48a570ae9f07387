import { ADDRESS_WORDS, MAPPED_PREFIX } from '../address.ts';
import { networkWord } from '../byte-order.ts';
import {
  BIND_OWNS,
  CONNECT_OWNS,
  LOCAL,
  OTHER_BIND_OWNS,
  type RareFields,
  REMOTE,
  type SocketRow,
  UNKNOWN_OWNS,
} from '../socket-row.ts';

/** Decodes the records that `tcp-sockets.bpf.c` writes. All numbers but addresses are in the order of this machine. */

const AF_INET6 = 10;

/** Where the fields of `struct head` start, in bytes; the addresses of both ends follow, then `struct live`. */
const [FAMILY, FLAGS, LOCAL_PORT, REMOTE_PORT, REMAINING, DEVICE, ADDRESSES] = [
  1, 2, 4, 6, 8, 12, 16,
];
const LIVE_BYTES = 16;

/** What is known of the socket, as in `tcp-sockets.bpf.c`. */
const [BUCKET_KNOWN, BUCKET_BOUND, SOCKET_BOUND, V6ONLY] = [1, 2, 4, 8];
const [TIMESTAMPS_KNOWN, TIMESTAMPS, ORIGIN_KNOWN, ACCEPTED, LIVE] = [16, 32, 64, 128, 256];

/** Bytes of `struct tail`, the last record of a pass: state 0, and what sysctl tcp_fin_timeout is in jiffies. */
const TAIL_BYTES = 8;

/** Records in memory that is used for each read anew. */
export class Records {
  readonly bytes: Uint8Array;
  readonly #halves: Uint16Array;
  readonly #words: Int32Array;

  constructor(size: number) {
    const memory = new ArrayBuffer(size);
    this.bytes = new Uint8Array(memory);
    this.#halves = new Uint16Array(memory);
    this.#words = new Int32Array(memory);
  }

  half(at: number): number {
    return this.#halves[at >> 1] ?? 0;
  }

  word(at: number): number {
    return this.#words[at >> 2] ?? 0;
  }
}

/** The rare fields of the record at `at`. */
export class BpfRareFields implements RareFields {
  readonly inode = 0;
  readonly #records: Records;
  at = 0;

  constructor(records: Records) {
    this.#records = records;
  }

  get v6Only(): boolean {
    return (this.#records.half(this.at + FLAGS) & V6ONLY) !== 0;
  }

  get uid(): number {
    return this.#records.word(this.at + ADDRESSES + addressBytes(this.#records, this.at));
  }
}

/** The length of the record at `at`; of the last one, too. */
export function recordBytes(records: Records, at: number): number {
  if (isTail(records, at)) return TAIL_BYTES;
  const live = (records.half(at + FLAGS) & LIVE) === 0 ? 0 : LIVE_BYTES;
  return ADDRESSES + addressBytes(records, at) + live;
}

/** Whether the record at `at` is the last of a pass. */
export function isTail(records: Records, at: number): boolean {
  return records.bytes[at] === 0;
}

/** What sysctl tcp_fin_timeout is in jiffies, as the last record says. */
export function finTimeoutJiffies(records: Records, at: number): number {
  return records.word(at + 4);
}

/** Fills `row` but for its rare fields; `hertz` is how many jiffies a second has. */
export function decodeRecord(row: SocketRow, records: Records, at: number, hertz: number): void {
  const flags = records.half(at + FLAGS);
  row.state = records.bytes[at] ?? 0;
  row.localPort = records.half(at + LOCAL_PORT);
  row.remotePort = records.half(at + REMOTE_PORT);
  row.device = records.word(at + DEVICE);
  row.remainingMs = Math.max(0, Math.round((1000 * records.word(at + REMAINING)) / hertz));
  row.portOwner = portOwner(flags);
  row.mayHaveTimestamps = (flags & (TIMESTAMPS_KNOWN | TIMESTAMPS)) !== TIMESTAMPS_KNOWN;
  row.accepted = (flags & ORIGIN_KNOWN) === 0 ? undefined : (flags & ACCEPTED) !== 0;
  row.ipv6Socket = records.bytes[at + FAMILY] === AF_INET6;
  const addresses = at + ADDRESSES;
  const second = addresses + addressBytes(records, at) / 2;
  decodeAddress(row, LOCAL, records, addresses);
  decodeAddress(row, REMOTE, records, second);
}

function portOwner(flags: number): number {
  if ((flags & BUCKET_KNOWN) === 0) return UNKNOWN_OWNS;
  if ((flags & BUCKET_BOUND) === 0) return CONNECT_OWNS;
  return (flags & SOCKET_BOUND) === 0 ? OTHER_BIND_OWNS : BIND_OWNS;
}

/** Of both ends together. */
function addressBytes(records: Records, at: number): number {
  return records.bytes[at + FAMILY] === AF_INET6 ? 32 : 8;
}

function decodeAddress(row: SocketRow, offset: number, records: Records, at: number): void {
  const { addresses } = row;
  if (row.ipv6Socket) {
    for (let word = 0; word < ADDRESS_WORDS; word += 1)
      addresses[offset + word] = networkWord(records.word(at + 4 * word));
    return;
  }
  addresses[offset] = 0;
  addresses[offset + 1] = 0;
  addresses[offset + 2] = MAPPED_PREFIX;
  addresses[offset + 3] = networkWord(records.word(at));
}
