import type { Family } from '../../kernel/address.ts';
import type { SocketRow } from '../../kernel/socket-row.ts';
import { BLOCK, Blocks } from './endpoint-blocks.ts';
import {
  UNUSUAL_ADDRESS,
  COUNTERS,
  FIRST_PASS_HELD,
  FIRST_PASS_REUSABLE,
  FULL_BEFORE,
  FULL_LAST,
  HELD,
  INSPECTED,
  NO_TIMESTAMPS,
} from './endpoint-fields.ts';
import { EndpointKeys, keyWordsOf } from './endpoint-keys.ts';
import { LOAD, slotsFor } from './hash.ts';

/**
 * Unused endpoints are dropped once there are this many and they are an eighth of all: dropping rehashes the whole
 * table, so it is put off until it makes the table a good deal smaller.
 */
const MIN_UNUSED = 64;

/**
 * The connect endpoints of one address family: (local address, remote address, remote port, device), with
 * their counters, in typed arrays: no object per endpoint. The table is kept from poll to poll, so that it does
 * not grow from nothing each time; an endpoint's number is valid until the next `begin()`.
 */
export class EndpointTable {
  readonly family: Family;
  /** Addresses, remote port and device of each endpoint. */
  readonly keys: EndpointKeys;
  readonly #blocks: Blocks;
  #slots = new Int32Array(slotsFor(0));
  #size = 0;

  /** `addressWords` is 1 for IPv4, 4 for IPv6. */
  constructor(addressWords: 1 | 4) {
    this.family = addressWords === 1 ? 'ipv4' : 'ipv6';
    this.#blocks = new Blocks(keyWordsOf(addressWords));
    this.keys = new EndpointKeys(this.#blocks, addressWords);
  }

  /** Endpoints in the table, those that hold nothing included. */
  get size(): number {
    return this.#size;
  }

  /** Starts a poll: every counter is 0. With `sweep`, endpoints that held nothing at the last poll may be dropped. */
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
    this.keys.write(id, row);
    this.#reset(id);
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

  /** Adds 1 to each of three counters, in one step: this is done for each row. */
  addOnes(id: number, first: number, second: number, third: number): void {
    const { counters } = this.#blocks.of(id);
    const at = (id % BLOCK) * COUNTERS;
    counters[at + first] = (counters[at + first] ?? 0) + 1;
    counters[at + second] = (counters[at + second] ?? 0) + 1;
    counters[at + third] = (counters[at + third] ?? 0) + 1;
  }

  count(id: number, counter: number): number {
    return this.#blocks.of(id).counters[(id % BLOCK) * COUNTERS + counter] ?? 0;
  }

  set(id: number, counter: number, value: number): void {
    this.#blocks.of(id).counters[(id % BLOCK) * COUNTERS + counter] = value;
  }

  /** Ports that were live at the last poll; 0 where the endpoint is new. */
  liveBefore(id: number): number {
    return this.#blocks.of(id).live[id % BLOCK] ?? 0;
  }

  /** Connections that closed at the last poll and are not counted as opened yet: see census/opens-counter.ts. */
  shortfall(id: number): number {
    return this.#blocks.of(id).shortfalls[id % BLOCK] ?? 0;
  }

  rememberLive(id: number, live: number, shortfall: number): void {
    const block = this.#blocks.of(id);
    block.live[id % BLOCK] = live;
    block.shortfalls[id % BLOCK] = shortfall;
  }

  /** Ports of the first pass that a `connect()` cannot take. */
  firstPassTaken(id: number): number {
    return this.count(id, FIRST_PASS_HELD) - this.count(id, FIRST_PASS_REUSABLE);
  }

  /** Whether any of the bits of `traits` is set. */
  has(id: number, traits: number): boolean {
    return (this.#traits(id) & traits) !== 0;
  }

  clearTraits(id: number, traits: number): void {
    this.#blocks.of(id).traits[id % BLOCK] = this.#traits(id) & ~traits;
  }

  setTraits(id: number, traits: number): void {
    this.#blocks.of(id).traits[id % BLOCK] = this.#traits(id) | traits;
  }

  /** Whether its first pass may have been full at either of the last two polls. */
  wasFull(id: number): boolean {
    return this.has(id, FULL_LAST | FULL_BEFORE);
  }

  /** Remembers whether the first pass of the endpoint may be `full` at this poll, and at the one before. */
  rememberFull(id: number, full: boolean): void {
    const traits = this.#traits(id);
    const before = (traits & FULL_LAST) === 0 ? 0 : FULL_BEFORE;
    const kept = traits & ~(FULL_LAST | FULL_BEFORE);
    this.#blocks.of(id).traits[id % BLOCK] = kept | before | (full ? FULL_LAST : 0);
  }

  /** The history's ticket for the endpoint; 0 where it is not followed. */
  ticket(id: number): number {
    return this.#blocks.of(id).tickets[id % BLOCK] ?? 0;
  }

  setTicket(id: number, ticket: number): void {
    this.#blocks.of(id).tickets[id % BLOCK] = ticket;
  }

  /** The number of the same endpoint without a device; -1 where there is none. */
  withoutDevice(id: number): number {
    return this.find(this.keys.rowWithoutDevice(id));
  }

  /** A new endpoint has no past, whatever was in its place before. */
  #reset(id: number): void {
    const { traits, tickets } = this.#blocks.of(id);
    this.rememberLive(id, 0, 0);
    traits[id % BLOCK] = 0;
    tickets[id % BLOCK] = 0;
  }

  #traits(id: number): number {
    return this.#blocks.of(id).traits[id % BLOCK] ?? 0;
  }

  #slotOf(row: SocketRow): number {
    const mask = this.#slots.length - 1;
    let slot = this.keys.hashRow(row) & mask;
    for (;;) {
      const found = this.#slots[slot] ?? 0;
      if (found === 0 || this.keys.isKeyOf(found - 1, row)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Clears what inspections found about idle endpoints, and drops the unused ones once they are many. */
  #sweep(): void {
    let unused = 0;
    for (let id = 0; id < this.#size; id += 1) {
      if (!this.#isIdle(id)) continue;
      unused += Number(this.#isUnused(id));
      this.clearTraits(id, INSPECTED | NO_TIMESTAMPS | UNUSUAL_ADDRESS);
    }
    if (unused >= MIN_UNUSED && 8 * unused >= this.#size) this.#dropUnused();
  }

  #dropUnused(): void {
    let kept = 0;
    for (let id = 0; id < this.#size; id += 1) {
      if (this.#isUnused(id)) continue;
      this.#move(id, kept);
      kept += 1;
    }
    this.#size = kept;
    this.#blocks.fit(kept);
    this.#rehash(slotsFor(kept));
  }

  /** It holds nothing, and its first pass was not full lately: nothing about it need be remembered. */
  #isIdle(id: number): boolean {
    return this.count(id, HELD) === 0 && !this.wasFull(id);
  }

  /** It is idle, and the history does not follow it. */
  #isUnused(id: number): boolean {
    return this.#isIdle(id) && this.ticket(id) === 0;
  }

  /** Copies what is kept from poll to poll; the counters of a new poll are 0 anyway. */
  #move(from: number, to: number): void {
    const [source, target] = [this.#blocks.of(from), this.#blocks.of(to)];
    this.rememberLive(to, this.liveBefore(from), this.shortfall(from));
    this.keys.move(from, to);
    target.traits[to % BLOCK] = source.traits[from % BLOCK] ?? 0;
    target.tickets[to % BLOCK] = source.tickets[from % BLOCK] ?? 0;
  }

  #rehash(slots: number): void {
    if (slots === this.#slots.length) this.#slots.fill(0);
    else this.#slots = new Int32Array(slots);
    for (let id = 0; id < this.#size; id += 1) {
      let slot = this.keys.hashKey(id) & (slots - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (slots - 1);
      this.#slots[slot] = id + 1;
    }
  }
}
