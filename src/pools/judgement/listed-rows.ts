import type { SocketRow } from '../../kernel/socket-row.ts';
import { TCP_TIME_WAIT } from '../../kernel/socket-row.ts';
import { mix } from '../tables/hash.ts';
import { identityHalf } from '../tables/row-identity.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import { timeWaitAgeMs } from '../time-wait.ts';

/** Words per row, and more words per judged row: see `push`. */
const [FIELDS, JUDGED_FIELDS] = [4, 5];

/** Bits above the 16 of the port. */
const FLAGS = 16;

/** What the census knows of a row when it lists it; bits. */
export const REUSABLE_ROW = 1;
/** Its port is counted against the capacity of its endpoint. */
export const COUNTED_ROW = 2;
/** Its port is owned by a `bind()`, as this or the last poll has proved. */
export const OWNED_ROW = 4;
/** It is on a port of the second pass. */
export const SECOND_PASS_ROW = 8;
/** Its local address is in question: all rows there are listed, with their user and age. */
export const JUDGED_ROW = 16;
/** Of a judged row: a socket with IP_BIND_ADDRESS_NO_PORT, so that `connect()` chose its port. */
export const NO_PORT_ROW = 32;
/** A socket without it whose local address is not the one that the route prefers. */
export const UNUSUAL_ADDRESS_ROW = 64;
/** Its port counts as busy in the first pass since the last poll. */
export const BUSY_ROW = 128;
/** A TIME_WAIT that began since the last poll. */
export const BEGAN_ROW = 256;
/** Bit offset of the period in which its port comes back, plus 1; a stored 0 says that it does not. */
const PERIOD = 9;

/** The user of a socket in TIME_WAIT, whom the kernel does not show. */
export const UNKNOWN_USER = -1;

/**
 * A growing list of outbound rows in typed arrays, for two tables at most: one per address family. Only judged rows have an
 * user and an age: they are few, and the others may be as many as a host has connections.
 */
export class ListedRows {
  readonly #tables: EndpointTable[] = [];
  #fields: Int32Array;
  #size = 0;
  #judgedFields = new Int32Array(64 * JUDGED_FIELDS);
  #judgedSize = 0;

  /** `expected` rows fit without growing, and an eighth more: connections come and go between two polls. */
  constructor(expected = 0) {
    this.#fields = new Int32Array(Math.max(64, expected + (expected >> 3)) * FIELDS);
  }

  get size(): number {
    return this.#size;
  }

  /** `period` is the index of the counter of `RETURNING` that counts the port; -1 for none. */
  push(table: EndpointTable, id: number, row: SocketRow, flags: number, period: number): void {
    if ((this.#size + 1) * FIELDS > this.#fields.length) this.#fields = doubled(this.#fields);
    const at = this.#size * FIELDS;
    this.#fields[at] = id * 2 + this.#indexOf(table);
    this.#fields[at + 1] = row.localPort | ((flags | ((period + 1) << PERIOD)) << FLAGS);
    if ((flags & JUDGED_ROW) !== 0) {
      this.#fields[at + 2] = this.#pushJudged(row);
    } else {
      this.#fields[at + 2] = identityHalf(row, 0);
      this.#fields[at + 3] = identityHalf(row, 1);
    }
    this.#size += 1;
  }

  /** Returns where its words begin. */
  #pushJudged(row: SocketRow): number {
    const at = this.#judgedSize * JUDGED_FIELDS;
    if (at + JUDGED_FIELDS > this.#judgedFields.length)
      this.#judgedFields = doubled(this.#judgedFields);
    this.#judgedFields[at] = identityHalf(row, 0);
    this.#judgedFields[at + 1] = identityHalf(row, 1);
    this.#judgedFields[at + 2] = row.state === TCP_TIME_WAIT ? timeWaitAgeMs(row) : -1;
    this.#judgedFields[at + 3] = row.inode;
    this.#judgedFields[at + 4] = row.uid ?? UNKNOWN_USER;
    this.#judgedSize += 1;
    return at;
  }

  /** Number of the row's endpoint in its table. */
  id(index: number): number {
    return this.#field(index, 0) >>> 1;
  }

  table(index: number): EndpointTable {
    const table = this.#tables[this.#field(index, 0) & 1];
    if (table === undefined) throw new RangeError(`row ${index} is not in the list`);
    return table;
  }

  /** One number for endpoint and table. */
  endpoint(index: number): number {
    return this.#field(index, 0);
  }

  port(index: number): number {
    return this.#field(index, 1) & 0xffff;
  }

  /** Whether any of the bits is set. */
  is(index: number, flags: number): boolean {
    return ((this.#field(index, 1) >>> FLAGS) & flags) !== 0;
  }

  /** As it was pushed. */
  period(index: number): number {
    return (this.#field(index, 1) >>> (FLAGS + PERIOD)) - 1;
  }

  /** Milliseconds since the judged row entered TIME_WAIT; -1 where it is not in TIME_WAIT. */
  closedAgoMs(index: number): number {
    return this.#judgedField(index, 2);
  }

  /** Number of the judged row's file; 0 where no process has one. */
  inode(index: number): number {
    return this.#judgedField(index, 3) >>> 0;
  }

  /** The user who opened the judged row's socket, or `UNKNOWN_USER`. */
  user(index: number): number {
    return this.#judgedField(index, 4);
  }

  /** The halves of the row's identity (`identityHalf`). */
  first(index: number): number {
    return this.is(index, JUDGED_ROW) ? this.#judgedField(index, 0) : this.#field(index, 2);
  }

  second(index: number): number {
    return this.is(index, JUDGED_ROW) ? this.#judgedField(index, 1) : this.#field(index, 3);
  }

  /**
   * The second half of the identity of a judged row's live socket. Where the source has no cookies, a row of the same addresses and
   * ports may be another socket than at the last poll, as its inode number tells; in TIME_WAIT it has none.
   */
  liveSecond(index: number): number {
    return mix(this.second(index), this.inode(index));
  }

  #field(index: number, field: number): number {
    return this.#fields[index * FIELDS + field] ?? 0;
  }

  #judgedField(index: number, field: number): number {
    if (!this.is(index, JUDGED_ROW)) throw new RangeError(`row ${index} is not judged`);
    return this.#judgedFields[this.#field(index, 2) + field] ?? 0;
  }

  #indexOf(table: EndpointTable): number {
    const index = this.#tables.indexOf(table);
    return index < 0 ? this.#tables.push(table) - 1 : index;
  }
}

function doubled(fields: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * fields.length);
  larger.set(fields);
  return larger;
}
