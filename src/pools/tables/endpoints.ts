import type { SocketRow } from '../../kernel/socket-row.ts';
import { BEYOND_JUDGED, HELD, INSPECTED, JUDGED, JUDGED_KNOWN } from './endpoint-fields.ts';
import { EndpointTable } from './endpoint-table.ts';

/** A list of local addresses, by the rows that have them. */
export interface AddressList {
  readonly size: number;
  find(row: SocketRow): object | undefined;
}

/**
 * Endpoints of one namespace that are judged at most. Chosen: each takes 0.9 KB while a poll judges it, so that they take 45 MB,
 * and a program that binds ports towards so many remote ends is no proxy of the kinds that are known.
 */
export const MAX_JUDGED = 50_000;
/** The share of them below which others take the places of those that have gone: not at each poll. Chosen, not measured. */
const ROOM_AGAIN = 0.9;

/** All connect endpoints of one namespace, from poll to poll. */
export class Endpoints {
  readonly ipv4 = new EndpointTable(1);
  readonly ipv6 = new EndpointTable(4);
  readonly tables: readonly EndpointTable[] = [this.ipv4, this.ipv6];
  /** Whether the last pass was completed: after one that failed, an endpoint with no port counted may hold some. */
  #isComplete = true;
  /** Endpoints that are judged. */
  #judged = 0;

  /** Begins a pass: all counters are 0. */
  begin(): void {
    for (const table of this.tables) table.begin(this.#isComplete);
    this.#isComplete = false;
    if (this.#judged >= MAX_JUDGED && this.#countJudged() < ROOM_AGAIN * MAX_JUDGED)
      this.forgetJudged();
  }

  /** Ends a pass that visited all rows. */
  end(): void {
    this.#isComplete = true;
  }

  /** Lets a socket of every endpoint be inspected again: peers, routes and settings change. */
  forgetInspections(): void {
    for (const table of this.tables) {
      for (let id = 0; id < table.size; id += 1) table.clearTraits(id, INSPECTED);
    }
  }

  /**
   * Whether all rows of the endpoint are listed, because its local address is one of `judged`; not beyond `MAX_JUDGED` endpoints,
   * those first seen before the others.
   */
  isJudged(table: EndpointTable, id: number, row: SocketRow, judged: AddressList): boolean {
    if (judged.size === 0) return false;
    if (!table.has(id, JUDGED_KNOWN)) table.setTraits(id, JUDGED_KNOWN | this.#place(row, judged));
    return table.has(id, JUDGED);
  }

  /** The trait that says whether the endpoint of the row is judged. */
  #place(row: SocketRow, judged: AddressList): number {
    if (judged.find(row) === undefined) return 0;
    if (this.#judged >= MAX_JUDGED) return BEYOND_JUDGED;
    this.#judged += 1;
    return JUDGED;
  }

  #countJudged(): number {
    let judged = 0;
    for (const table of this.tables) {
      for (let id = 0; id < table.size; id += 1) judged += Number(table.has(id, JUDGED));
    }
    return judged;
  }

  /** Looks the local addresses of all endpoints up again: which are judged has changed. */
  forgetJudged(): void {
    const traits = JUDGED_KNOWN | JUDGED | BEYOND_JUDGED;
    for (const table of this.tables) {
      for (let id = 0; id < table.size; id += 1) table.clearTraits(id, traits);
    }
    this.#judged = 0;
  }

  tableOf(row: SocketRow): EndpointTable {
    return row.localIsIpv4 ? this.ipv4 : this.ipv6;
  }

  /** Whether another row was counted for the row's endpoint at this poll. */
  holdsOtherRow(row: SocketRow): boolean {
    const table = this.tableOf(row);
    const id = table.find(row);
    return id >= 0 && table.count(id, HELD) > 0;
  }
}
