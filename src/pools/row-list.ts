import type { EndpointTable } from './endpoint-table.ts';

const FIELDS = 2;
const REUSABLE_BIT = 1 << 16;

/** A growing list of (endpoint, local port, reusable) in typed arrays. */
export class RowList {
  #tables: EndpointTable[] = [];
  #fields = new Int32Array(64 * FIELDS);
  #size = 0;

  push(table: EndpointTable, id: number, port: number, reusable: boolean): void {
    if ((this.#size + 1) * FIELDS > this.#fields.length) this.#grow();
    const at = this.#size * FIELDS;
    this.#fields[at] = id * 2 + this.#indexOf(table);
    this.#fields[at + 1] = port | (reusable ? REUSABLE_BIT : 0);
    this.#size += 1;
  }

  forEach(
    visit: (table: EndpointTable, id: number, port: number, reusable: boolean) => void,
  ): void {
    for (let at = 0; at < this.#size * FIELDS; at += FIELDS) {
      const [key, value] = [this.#fields[at] ?? 0, this.#fields[at + 1] ?? 0];
      const table = this.#tables[key & 1];
      if (table) visit(table, key >>> 1, value & 0xffff, (value & REUSABLE_BIT) !== 0);
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
