import type { SocketRow } from '../../kernel/socket-row.ts';
import type { EndpointTable } from './endpoint-table.ts';
import { identityHalf } from '../census/row-identity.ts';

/** Words per row: endpoint and table, port and flag, two halves of the identity. */
const FIELDS = 4;
/** Above the 16 bits of the port. */
const REUSABLE_BIT = 1 << 16;

/**
 * Receives what is kept of an outbound row: its endpoint, its port, whether it was reusable, and the two halves of its
 * identity (`identityHalf`).
 */
export type ListedRowVisitor = (
  table: EndpointTable,
  id: number,
  port: number,
  reusable: boolean,
  first: number,
  second: number,
) => void;

/** A growing list of outbound rows in typed arrays, for two tables at most: one per address family. */
export class RowList {
  readonly #tables: EndpointTable[] = [];
  #fields: Int32Array;
  #size = 0;

  /** `expected` rows fit without growing. */
  constructor(expected = 64) {
    this.#fields = new Int32Array(Math.max(64, expected) * FIELDS);
  }

  push(table: EndpointTable, id: number, row: SocketRow, reusable: boolean): void {
    if ((this.#size + 1) * FIELDS > this.#fields.length) this.#grow();
    const at = this.#size * FIELDS;
    this.#fields[at] = id * 2 + this.#indexOf(table);
    this.#fields[at + 1] = row.localPort | (reusable ? REUSABLE_BIT : 0);
    this.#fields[at + 2] = identityHalf(row, 0);
    this.#fields[at + 3] = identityHalf(row, 1);
    this.#size += 1;
  }

  forEach(visit: ListedRowVisitor): void {
    const fields = this.#fields;
    for (let at = 0; at < this.#size * FIELDS; at += FIELDS) {
      const key = fields[at] ?? 0;
      const value = fields[at + 1] ?? 0;
      const table = this.#tables[key & 1];
      if (table === undefined) continue;
      const reusable = (value & REUSABLE_BIT) !== 0;
      const [first, second] = [fields[at + 2] ?? 0, fields[at + 3] ?? 0];
      visit(table, key >>> 1, value & 0xffff, reusable, first, second);
    }
  }

  #indexOf(table: EndpointTable): number {
    const index = this.#tables.indexOf(table);
    return index < 0 ? this.#tables.push(table) - 1 : index;
  }

  #grow(): void {
    const larger = new Int32Array(2 * this.#fields.length);
    larger.set(this.#fields);
    this.#fields = larger;
  }
}
