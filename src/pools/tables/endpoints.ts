import type { SocketRow } from '../../kernel/socket-row.ts';
import { HELD, INSPECTED, JUDGED, JUDGED_KNOWN } from './endpoint-fields.ts';
import { EndpointTable } from './endpoint-table.ts';

/** A list of local addresses, by the rows that have them. */
export interface AddressList {
  readonly size: number;
  find(row: SocketRow): object | undefined;
}

/** All connect endpoints of one namespace, from poll to poll. */
export class Endpoints {
  readonly ipv4 = new EndpointTable(1);
  readonly ipv6 = new EndpointTable(4);
  readonly tables: readonly EndpointTable[] = [this.ipv4, this.ipv6];
  /** Whether the last pass was completed: after one that failed, an endpoint with no port counted may hold some. */
  #isComplete = true;

  /** Begins a pass: all counters are 0. */
  begin(): void {
    for (const table of this.tables) table.begin(this.#isComplete);
    this.#isComplete = false;
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

  /** Whether all rows of the endpoint are listed, because its local address is one of `judged`. */
  isJudged(table: EndpointTable, id: number, row: SocketRow, judged: AddressList): boolean {
    if (judged.size === 0) return false;
    if (!table.has(id, JUDGED_KNOWN)) {
      const isJudged = judged.find(row) !== undefined;
      table.setTraits(id, isJudged ? JUDGED_KNOWN | JUDGED : JUDGED_KNOWN);
    }
    return table.has(id, JUDGED);
  }

  /** Looks the local addresses of all endpoints up again: which are judged has changed. */
  forgetJudged(): void {
    for (const table of this.tables) {
      for (let id = 0; id < table.size; id += 1) table.clearTraits(id, JUDGED_KNOWN | JUDGED);
    }
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
