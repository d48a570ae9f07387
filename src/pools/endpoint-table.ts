import { ADDRESS_WORDS, type Family, formatAddress, MAPPED_PREFIX } from '../kernel/address.ts';
import { LOCAL, REMOTE, type SocketRow } from '../kernel/socket-row.ts';
import { LOAD, mix, slotsFor } from './hash.ts';

/** What is counted for each endpoint at each poll; the first four are its ports by socket state. */
export const ESTABLISHED = 0;
export const SYN_SENT = 1;
export const TIME_WAIT = 2;
export const CLOSE_WAIT = 3;
/** Distinct local ports, whatever their state. */
export const HELD = 4;
/** TIME_WAIT ports that the next `connect()` to the endpoint may take over. */
export const REUSABLE = 5;
/** Ports of the capacity that the next `connect()` to the endpoint cannot take. */
export const TAKEN = 6;
/** Ports of either kind in the first pass, and how many of them are reusable. */
export const FIRST_PASS_HELD = 7;
export const FIRST_PASS_REUSABLE = 8;
/** First-pass ports that may have been taken at some moment since the poll before. */
export const FIRST_PASS_BUSY = 9;
/** Taken TIME_WAIT ports by when they come back: the first of `RETURN_PERIODS` counters. */
export const RETURNING = 10;
/** Tens of seconds from 0 to 70: a TIME_WAIT lasts 60 s and a little slack. */
export const RETURN_PERIODS = 7;
const COUNTERS = RETURNING + RETURN_PERIODS;

/** What is known of an endpoint from poll to poll; bits. */
export const INSPECTED = 1;
/** Its connections have no timestamps: their TIME_WAITs are never taken over. */
export const NO_TIMESTAMPS = 2;
/** Its local address is not the kernel's choice: somebody bound it. */
export const BOUND_ADDRESS = 4;
/** Its first pass may have been full at the last poll, and at the one before that. */
const FULL_LAST = 8;
const FULL_BEFORE = 16;

/** Endpoints that hold nothing stay until there are this many, and an eighth of all. */
const TOLERATED_DEAD = 64;
const SMALLEST = 48;

/**
 * The connect endpoints of one address family: (local address, remote address, remote port, device), with
 * their counters, in typed arrays: no object per endpoint. The table lives on from poll to poll, so that
 * it need not grow anew; an endpoint's number is valid until the next `begin()`.
 */
export class EndpointTable {
  readonly family: Family;
  readonly #addressWords: number;
  readonly #keyWords: number;
  #keys: Int32Array;
  #counters: Uint16Array;
  #traits: Uint8Array;
  #slots = new Int32Array(slotsFor(SMALLEST));
  #size = 0;

  /** `addressWords` is 1 for IPv4, 4 for IPv6. */
  constructor(addressWords: 1 | 4) {
    this.family = addressWords === 1 ? 'ipv4' : 'ipv6';
    this.#addressWords = addressWords;
    this.#keyWords = 2 * addressWords + 2;
    this.#keys = new Int32Array(SMALLEST * this.#keyWords);
    this.#counters = new Uint16Array(SMALLEST * COUNTERS);
    this.#traits = new Uint8Array(SMALLEST);
  }

  /** Endpoints in the table; those with nothing held count for nothing. */
  get size(): number {
    return this.#size;
  }

  /** Starts a poll: every counter is 0. With `sweep`, endpoints that held nothing may be dropped. */
  begin(sweep: boolean): void {
    if (sweep) this.#sweep();
    this.#counters.fill(0, 0, this.#size * COUNTERS);
  }

  /** The number of the row's endpoint, which is new with all counters 0 if it was not there yet. */
  intern(row: SocketRow): number {
    const slot = this.#slotOf(row);
    const found = this.#slots[slot] ?? 0;
    if (found > 0) return found - 1;
    const id = this.#size;
    if ((id + 1) * this.#keyWords > this.#keys.length) this.#resize(Math.ceil(1.5 * (id + 1)));
    this.#size += 1;
    this.#slots[slot] = this.#size;
    this.#writeKey(id, row);
    this.#counters.fill(0, id * COUNTERS, (id + 1) * COUNTERS);
    this.#traits[id] = 0;
    if (this.#size >= this.#slots.length * LOAD) this.#rehash(2 * this.#slots.length);
    return id;
  }

  /** The number of the row's endpoint, or -1. */
  find(row: SocketRow): number {
    return (this.#slots[this.#slotOf(row)] ?? 0) - 1;
  }

  add(id: number, counter: number, amount: number): void {
    const at = id * COUNTERS + counter;
    this.#counters[at] = (this.#counters[at] ?? 0) + amount;
  }

  count(id: number, counter: number): number {
    return this.#counters[id * COUNTERS + counter] ?? 0;
  }

  /** Ports of the first pass that a `connect()` cannot take. */
  firstPassTaken(id: number): number {
    return this.count(id, FIRST_PASS_HELD) - this.count(id, FIRST_PASS_REUSABLE);
  }

  /** Whether any of the bits of `traits` is set. */
  has(id: number, traits: number): boolean {
    return ((this.#traits[id] ?? 0) & traits) !== 0;
  }

  mark(id: number, traits: number): void {
    this.#traits[id] = (this.#traits[id] ?? 0) | traits;
  }

  /** Whether its first pass may have been full at either of the last two polls. */
  wasFull(id: number): boolean {
    return this.has(id, FULL_LAST | FULL_BEFORE);
  }

  /** Ends a poll for the endpoint: `full` is whether its first pass may be full now. */
  rememberFull(id: number, full: boolean): void {
    const traits = this.#traits[id] ?? 0;
    const before = (traits & FULL_LAST) === 0 ? 0 : FULL_BEFORE;
    this.#traits[id] = (traits & ~(FULL_LAST | FULL_BEFORE)) | before | (full ? FULL_LAST : 0);
  }

  localAddress(id: number): string {
    const device = this.#keys[(id + 1) * this.#keyWords - 1] ?? 0;
    return this.#address(id, 0) + (device === 0 ? '' : `%${device}`);
  }

  remoteAddress(id: number): string {
    return this.#address(id, this.#addressWords);
  }

  remotePort(id: number): number {
    return this.#keys[(id + 1) * this.#keyWords - 2] ?? 0;
  }

  #address(id: number, offset: number): string {
    const words = new Int32Array([0, 0, MAPPED_PREFIX, 0]);
    const at = id * this.#keyWords + offset;
    const stored = this.#keys.subarray(at, at + this.#addressWords);
    words.set(stored, ADDRESS_WORDS - this.#addressWords);
    return formatAddress(words, 0);
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

  #hashRow({ addresses, remotePort, device }: SocketRow): number {
    let hash = 0;
    for (let word = ADDRESS_WORDS - this.#addressWords; word < ADDRESS_WORDS; word += 1) {
      hash = mix(hash, addresses[LOCAL + word] ?? 0);
    }
    for (let word = ADDRESS_WORDS - this.#addressWords; word < ADDRESS_WORDS; word += 1) {
      hash = mix(hash, addresses[REMOTE + word] ?? 0);
    }
    return mix(mix(hash, remotePort), device);
  }

  /** The hash of the endpoint's rows. */
  #hashKey(id: number): number {
    let hash = 0;
    const end = (id + 1) * this.#keyWords;
    for (let at = id * this.#keyWords; at < end; at += 1) hash = mix(hash, this.#keys[at] ?? 0);
    return hash;
  }

  #isKeyOf(id: number, { addresses, remotePort, device }: SocketRow): boolean {
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    const at = id * this.#keyWords;
    const keys = this.#keys;
    if (keys[at + 2 * words] !== remotePort || keys[at + 2 * words + 1] !== device) return false;
    for (let word = 0; word < words; word += 1) {
      if (keys[at + word] !== addresses[LOCAL + skip + word]) return false;
      if (keys[at + words + word] !== addresses[REMOTE + skip + word]) return false;
    }
    return true;
  }

  #writeKey(id: number, { addresses, remotePort, device }: SocketRow): void {
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    const at = id * this.#keyWords;
    for (let word = 0; word < words; word += 1) {
      this.#keys[at + word] = addresses[LOCAL + skip + word] ?? 0;
      this.#keys[at + words + word] = addresses[REMOTE + skip + word] ?? 0;
    }
    this.#keys[at + 2 * words] = remotePort;
    this.#keys[at + 2 * words + 1] = device;
  }

  /** Drops endpoints that hold nothing, once they are many; the others move up. */
  #sweep(): void {
    let dead = 0;
    for (let id = 0; id < this.#size; id += 1) dead += Number(this.count(id, HELD) === 0);
    if (dead < TOLERATED_DEAD || 8 * dead < this.#size) return;
    let kept = 0;
    for (let id = 0; id < this.#size; id += 1) {
      if (this.count(id, HELD) === 0) continue;
      this.#keys.copyWithin(kept * this.#keyWords, id * this.#keyWords, (id + 1) * this.#keyWords);
      this.#traits[kept] = this.#traits[id] ?? 0;
      kept += 1;
    }
    this.#size = kept;
    if (8 * kept * this.#keyWords < this.#keys.length) this.#resize(Math.max(2 * kept, SMALLEST));
    this.#rehash(slotsFor(Math.max(kept, SMALLEST)));
  }

  #resize(endpoints: number): void {
    this.#keys = fitted(this.#keys, new Int32Array(endpoints * this.#keyWords));
    this.#counters = fitted(this.#counters, new Uint16Array(endpoints * COUNTERS));
    this.#traits = fitted(this.#traits, new Uint8Array(endpoints));
  }

  #rehash(slots: number): void {
    if (slots === this.#slots.length) this.#slots.fill(0);
    else this.#slots = new Int32Array(slots);
    for (let id = 0; id < this.#size; id += 1) {
      let slot = this.#hashKey(id) & (slots - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (slots - 1);
      this.#slots[slot] = id + 1;
    }
  }
}

/** `to` with as much of `from` as there is room for. */
function fitted<T extends Int32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from.subarray(0, to.length));
  return to;
}
