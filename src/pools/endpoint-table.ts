import { ADDRESS_WORDS, type Family, formatAddress, MAPPED_PREFIX } from '../kernel/address.ts';
import { LOCAL, REMOTE, type SocketRow } from '../kernel/socket-row.ts';
import { LOAD, mix, slotsFor } from './hash.ts';

/** What is counted for each endpoint; the first five are its ports by socket state. */
export const ESTABLISHED = 0;
export const SYN_SENT = 1;
export const TIME_WAIT = 2;
export const CLOSE_WAIT = 3;
export const OTHER = 4;
/** TIME_WAIT ports that the next `connect()` to the endpoint may take over. */
export const REUSABLE = 5;
/** Ports of the capacity that the next `connect()` to the endpoint cannot take. */
export const TAKEN = 6;
/** Those of them in the first pass. */
export const FIRST_PASS_TAKEN = 7;
/** First-pass ports that may have been taken at some moment since the poll before. */
export const FIRST_PASS_BUSY = 8;
/** Taken TIME_WAIT ports by when they come back: the first of `RETURN_PERIODS` counters. */
export const RETURNING = 9;
/** Tens of seconds from 0 to 70: a TIME_WAIT lasts 60 s and a little slack. */
export const RETURN_PERIODS = 7;
const COUNTERS = RETURNING + RETURN_PERIODS;

/**
 * The connect endpoints of one address family: (local address, remote address, remote port), with their
 * counters, in typed arrays: no object per endpoint. An endpoint's number is valid for one poll.
 */
export class EndpointTable {
  readonly family: Family;
  readonly #addressWords: number;
  readonly #keyWords: number;
  #keys: Int32Array;
  #counters: Uint16Array;
  #slots: Int32Array;
  #size = 0;

  /** `addressWords` is 1 for IPv4, 4 for IPv6. */
  constructor(addressWords: 1 | 4) {
    this.family = addressWords === 1 ? 'ipv4' : 'ipv6';
    this.#addressWords = addressWords;
    this.#keyWords = 2 * addressWords + 1;
    this.#slots = new Int32Array(slotsFor(0));
    this.#keys = new Int32Array(this.#room() * this.#keyWords);
    this.#counters = new Uint16Array(this.#room() * COUNTERS);
  }

  get size(): number {
    return this.#size;
  }

  /** The number of the row's endpoint, which is new with all counters 0 if it was not there yet. */
  intern(row: SocketRow): number {
    const slot = this.#slotOf(row);
    const found = this.#slots[slot] ?? 0;
    if (found > 0) return found - 1;
    const id = this.#size;
    this.#size += 1;
    this.#slots[slot] = this.#size;
    this.#writeKey(id, row);
    if (this.#size >= this.#room()) this.#grow();
    return id;
  }

  /** The number of the row's endpoint, or -1. */
  find(row: SocketRow): number {
    return (this.#slots[this.#slotOf(row)] ?? 0) - 1;
  }

  add(id: number, counter: number, amount: 1 | -1): void {
    const at = id * COUNTERS + counter;
    this.#counters[at] = (this.#counters[at] ?? 0) + amount;
  }

  count(id: number, counter: number): number {
    return this.#counters[id * COUNTERS + counter] ?? 0;
  }

  /** Distinct local ports of the endpoint, whatever their state. */
  held(id: number): number {
    let held = 0;
    for (let state = ESTABLISHED; state <= OTHER; state += 1) held += this.count(id, state);
    return held;
  }

  /** A hash of the endpoint that is the same at every poll; `seed` gives independent ones. */
  fingerprint(id: number, seed: number): number {
    let hash = seed;
    const end = (id + 1) * this.#keyWords;
    for (let at = id * this.#keyWords; at < end; at += 1) hash = mix(hash, this.#keys[at] ?? 0);
    return hash;
  }

  localAddress(id: number): string {
    return this.#address(id, 0);
  }

  remoteAddress(id: number): string {
    return this.#address(id, this.#addressWords);
  }

  remotePort(id: number): number {
    return this.#keys[(id + 1) * this.#keyWords - 1] ?? 0;
  }

  #address(id: number, offset: number): string {
    const words = new Int32Array([0, 0, MAPPED_PREFIX, 0]);
    const at = id * this.#keyWords + offset;
    const stored = this.#keys.subarray(at, at + this.#addressWords);
    words.set(stored, ADDRESS_WORDS - this.#addressWords);
    return formatAddress(words, 0);
  }

  #room(): number {
    return this.#slots.length * LOAD;
  }

  #slotOf(row: SocketRow): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hashRow(row) & mask;
    for (;;) {
      const found = this.#slots[slot] ?? 0;
      if (found === 0 || this.#isKeyOf(found - 1, row)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #hashRow(row: SocketRow): number {
    let hash = 0;
    for (let word = ADDRESS_WORDS - this.#addressWords; word < ADDRESS_WORDS; word += 1) {
      hash = mix(hash, row.addresses[LOCAL + word] ?? 0);
    }
    for (let word = ADDRESS_WORDS - this.#addressWords; word < ADDRESS_WORDS; word += 1) {
      hash = mix(hash, row.addresses[REMOTE + word] ?? 0);
    }
    return mix(hash, row.remotePort);
  }

  #isKeyOf(id: number, row: SocketRow): boolean {
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    const at = id * this.#keyWords;
    if (this.#keys[at + 2 * words] !== row.remotePort) return false;
    for (let word = 0; word < words; word += 1) {
      if (this.#keys[at + word] !== row.addresses[LOCAL + skip + word]) return false;
      if (this.#keys[at + words + word] !== row.addresses[REMOTE + skip + word]) return false;
    }
    return true;
  }

  #writeKey(id: number, row: SocketRow): void {
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    const at = id * this.#keyWords;
    for (let word = 0; word < words; word += 1) {
      this.#keys[at + word] = row.addresses[LOCAL + skip + word] ?? 0;
      this.#keys[at + words + word] = row.addresses[REMOTE + skip + word] ?? 0;
    }
    this.#keys[at + 2 * words] = row.remotePort;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#keys = copyInto(new Int32Array(this.#room() * this.#keyWords), this.#keys);
    this.#counters = copyInto(new Uint16Array(this.#room() * COUNTERS), this.#counters);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.#size; id += 1) {
      let slot = this.fingerprint(id, 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }
}

function copyInto<T extends Int32Array | Uint16Array>(larger: T, smaller: T): T {
  larger.set(smaller);
  return larger;
}
