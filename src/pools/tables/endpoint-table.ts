import { ADDRESS_WORDS, type Family, formatAddress, MAPPED_PREFIX } from '../../kernel/address.ts';
import { LOCAL, REMOTE, SocketRow } from '../../kernel/socket-row.ts';
import { BLOCK, Blocks } from './endpoint-blocks.ts';
import {
  BOUND_ADDRESS,
  COUNTERS,
  FIRST_PASS_HELD,
  FIRST_PASS_REUSABLE,
  FULL_BEFORE,
  FULL_LAST,
  HELD,
  INSPECTED,
  NO_TIMESTAMPS,
} from './endpoint-fields.ts';
import { LOAD, mix, slotsFor } from './hash.ts';

/** Endpoints that hold nothing stay until there are this many, and an eighth of all. */
const TOLERATED_DEAD = 64;

/**
 * The connect endpoints of one address family: (local address, remote address, remote port, device), with
 * their counters, in typed arrays: no object per endpoint. The table lives on from poll to poll, so that
 * it need not grow anew; an endpoint's number is valid until the next `begin()`.
 */
export class EndpointTable {
  readonly family: Family;
  readonly #addressWords: number;
  readonly #keyWords: number;
  readonly #blocks: Blocks;
  #slots = new Int32Array(slotsFor(0));
  #size = 0;

  /** `addressWords` is 1 for IPv4, 4 for IPv6. */
  constructor(addressWords: 1 | 4) {
    this.family = addressWords === 1 ? 'ipv4' : 'ipv6';
    this.#addressWords = addressWords;
    this.#keyWords = 2 * addressWords + 2;
    this.#blocks = new Blocks(this.#keyWords);
  }

  /** Endpoints in the table; those with nothing held count for nothing. */
  get size(): number {
    return this.#size;
  }

  /** Starts a poll: every counter is 0. With `sweep`, endpoints that held nothing may be dropped. */
  begin(sweep: boolean): void {
    if (sweep) this.#sweep();
    for (const { counters } of this.#blocks.all) counters.fill(0);
  }

  /** The number of the row's endpoint, which is new with all counters 0 if it was not there yet. */
  intern(row: SocketRow): number {
    const slot = this.#slotOf(row);
    const found = this.#slots[slot] ?? 0;
    if (found > 0) return found - 1;
    const id = this.#size;
    this.#size += 1;
    this.#slots[slot] = this.#size;
    this.#blocks.fit(this.#size);
    this.#writeKey(id, row);
    if (this.#size >= this.#slots.length * LOAD) this.#rehash(2 * this.#slots.length);
    return id;
  }

  /** The number of the row's endpoint, or -1. */
  find(row: SocketRow): number {
    return (this.#slots[this.#slotOf(row)] ?? 0) - 1;
  }

  add(id: number, counter: number, amount: number): void {
    const { counters } = this.#blocks.of(id);
    const at = (id % BLOCK) * COUNTERS + counter;
    counters[at] = (counters[at] ?? 0) + amount;
  }

  count(id: number, counter: number): number {
    return this.#blocks.of(id).counters[(id % BLOCK) * COUNTERS + counter] ?? 0;
  }

  /** Ports of the first pass that a `connect()` cannot take. */
  firstPassTaken(id: number): number {
    return this.count(id, FIRST_PASS_HELD) - this.count(id, FIRST_PASS_REUSABLE);
  }

  /** Whether any of the bits of `traits` is set. */
  has(id: number, traits: number): boolean {
    return (this.#traits(id) & traits) !== 0;
  }

  unmark(id: number, traits: number): void {
    this.#blocks.of(id).traits[id % BLOCK] = this.#traits(id) & ~traits;
  }

  mark(id: number, traits: number): void {
    this.#blocks.of(id).traits[id % BLOCK] = this.#traits(id) | traits;
  }

  /** Whether its first pass may have been full at either of the last two polls. */
  wasFull(id: number): boolean {
    return this.has(id, FULL_LAST | FULL_BEFORE);
  }

  /** Ends a poll for the endpoint: `full` is whether its first pass may be full now. */
  rememberFull(id: number, full: boolean): void {
    const traits = this.#traits(id);
    const before = (traits & FULL_LAST) === 0 ? 0 : FULL_BEFORE;
    const kept = traits & ~(FULL_LAST | FULL_BEFORE);
    this.#blocks.of(id).traits[id % BLOCK] = kept | before | (full ? FULL_LAST : 0);
  }

  /** What the history gave for the endpoint; 0 where nothing. */
  ticket(id: number): number {
    return this.#blocks.of(id).tickets[id % BLOCK] ?? 0;
  }

  setTicket(id: number, ticket: number): void {
    this.#blocks.of(id).tickets[id % BLOCK] = ticket;
  }

  /** Index of the device that its sockets are bound to; 0 where to none. */
  device(id: number): number {
    return this.#key(id, 2 * this.#addressWords + 1);
  }

  /** The same endpoint of sockets that are bound to no device; -1 where there is none. */
  withoutDevice(id: number): number {
    const row = new SocketRow();
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    if (words === 1) {
      row.addresses[LOCAL + 2] = MAPPED_PREFIX;
      row.addresses[REMOTE + 2] = MAPPED_PREFIX;
    }
    for (let word = 0; word < words; word += 1) {
      row.addresses[LOCAL + skip + word] = this.#key(id, word);
      row.addresses[REMOTE + skip + word] = this.#key(id, words + word);
    }
    row.remotePort = this.remotePort(id);
    return this.find(row);
  }

  /** Tells local addresses, with their device, apart: a number where one holds it, else text. */
  localKey(id: number): number | string {
    return this.#addressWords === 1 && this.device(id) === 0
      ? this.#key(id, 0)
      : this.localAddress(id);
  }

  localAddress(id: number): string {
    const device = this.device(id);
    return this.#address(id, 0) + (device === 0 ? '' : `%${device}`);
  }

  remoteAddress(id: number): string {
    return this.#address(id, this.#addressWords);
  }

  remotePort(id: number): number {
    return this.#key(id, 2 * this.#addressWords);
  }

  #traits(id: number): number {
    return this.#blocks.of(id).traits[id % BLOCK] ?? 0;
  }

  #key(id: number, word: number): number {
    return this.#blocks.of(id).keys[(id % BLOCK) * this.#keyWords + word] ?? 0;
  }

  #address(id: number, offset: number): string {
    const words = new Int32Array([0, 0, MAPPED_PREFIX, 0]);
    for (let word = 0; word < this.#addressWords; word += 1) {
      words[ADDRESS_WORDS - this.#addressWords + word] = this.#key(id, offset + word);
    }
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
    for (let word = 0; word < this.#keyWords; word += 1) hash = mix(hash, this.#key(id, word));
    return hash;
  }

  #isKeyOf(id: number, { addresses, remotePort, device }: SocketRow): boolean {
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    const { keys } = this.#blocks.of(id);
    const at = (id % BLOCK) * this.#keyWords;
    if (keys[at + 2 * words] !== remotePort || keys[at + 2 * words + 1] !== device) return false;
    for (let word = 0; word < words; word += 1) {
      if (keys[at + word] !== addresses[LOCAL + skip + word]) return false;
      if (keys[at + words + word] !== addresses[REMOTE + skip + word]) return false;
    }
    return true;
  }

  /** Writes a new endpoint, of which nothing is known. */
  #writeKey(id: number, { addresses, remotePort, device }: SocketRow): void {
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    const { keys, traits, tickets } = this.#blocks.of(id);
    const at = (id % BLOCK) * this.#keyWords;
    for (let word = 0; word < words; word += 1) {
      keys[at + word] = addresses[LOCAL + skip + word] ?? 0;
      keys[at + words + word] = addresses[REMOTE + skip + word] ?? 0;
    }
    keys[at + 2 * words] = remotePort;
    keys[at + 2 * words + 1] = device;
    traits[id % BLOCK] = 0;
    tickets[id % BLOCK] = 0;
  }

  /** Drops endpoints that hold nothing, once they are many; the others move up. */
  #sweep(): void {
    let dead = 0;
    for (let id = 0; id < this.#size; id += 1) {
      if (!this.#isIdle(id)) continue;
      dead += Number(this.#isDead(id));
      this.unmark(id, INSPECTED | NO_TIMESTAMPS | BOUND_ADDRESS);
    }
    if (dead < TOLERATED_DEAD || 8 * dead < this.#size) return;
    let kept = 0;
    for (let id = 0; id < this.#size; id += 1) {
      if (this.#isDead(id)) continue;
      this.#move(id, kept);
      kept += 1;
    }
    this.#size = kept;
    this.#blocks.fit(kept);
    this.#rehash(slotsFor(kept));
  }

  /** It holds nothing, and its first pass needs no memory: what was asked about it is out of date. */
  #isIdle(id: number): boolean {
    return this.count(id, HELD) === 0 && !this.wasFull(id);
  }

  /** It is idle, and the history does not follow it. */
  #isDead(id: number): boolean {
    return this.#isIdle(id) && this.ticket(id) === 0;
  }

  /** Moves key, traits and ticket; counters begin anew. */
  #move(from: number, to: number): void {
    const [source, target] = [this.#blocks.of(from), this.#blocks.of(to)];
    const start = (from % BLOCK) * this.#keyWords;
    const key = source.keys.subarray(start, start + this.#keyWords);
    target.keys.set(key, (to % BLOCK) * this.#keyWords);
    target.traits[to % BLOCK] = source.traits[from % BLOCK] ?? 0;
    target.tickets[to % BLOCK] = source.tickets[from % BLOCK] ?? 0;
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
