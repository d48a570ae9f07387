import type { EndpointTable } from './endpoint-table.ts';
import type { RowIdentity } from './port-memory.ts';

const FIELDS = 4;
const REUSABLE_BIT = 1 << 16;

/** What is kept of an outbound row. */
export interface ListedRow {
  readonly table: EndpointTable;
  readonly id: number;
  readonly port: number;
  readonly reusable: boolean;
  readonly identity: RowIdentity;
}

/** A growing list of outbound rows in typed arrays. */
export class RowList {
  readonly #tables: EndpointTable[] = [];
  #fields = new Int32Array(64 * FIELDS);
  #size = 0;

  push({ table, id, port, reusable, identity }: ListedRow): void {
    if ((this.#size + 1) * FIELDS > this.#fields.length) this.#grow();
    const at = this.#size * FIELDS;
    this.#fields[at] = id * 2 + this.#indexOf(table);
    this.#fields[at + 1] = port | (reusable ? REUSABLE_BIT : 0);
    this.#fields[at + 2] = identity[0];
    this.#fields[at + 3] = identity[1];
    this.#size += 1;
  }

  forEach(visit: (row: ListedRow) => void): void {
    for (let at = 0; at < this.#size * FIELDS; at += FIELDS) {
      const [key = 0, value = 0, first = 0, second = 0] = this.#fields.subarray(at, at + FIELDS);
      const table = this.#tables[key & 1];
      if (table === undefined) continue;
      const reusable = (value & REUSABLE_BIT) !== 0;
      visit({ table, id: key >>> 1, port: value & 0xffff, reusable, identity: [first, second] });
    }
  }

  /** There are two tables at most, one per address family. */
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
