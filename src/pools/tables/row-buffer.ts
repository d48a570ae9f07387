import { type RareFields, SocketRow } from '../../kernel/socket-row.ts';

/** Words per row: two addresses of four words, then fifteen fields of `SocketRow`. */
const FIELDS = 23;

/** A boolean that may be unknown, as a number. */
const [UNKNOWN, NO, YES] = [0, 1, 2];

/** The rare fields of the row that is visited. */
class CopiedFields implements RareFields {
  uid = 0;
  inode = 0;
  v6Only: boolean | undefined = undefined;
  bindAddressNoPort: boolean | undefined = undefined;
}

/** Rows that there is room for once there is one. */
const FIRST_ROWS = 32;

/** Copies of rows that cannot be classified before the whole table was read; a growing typed array. */
export class RowBuffer {
  #fields = new Int32Array(0);
  #size = 0;

  push(row: SocketRow): void {
    if ((this.#size + 1) * FIELDS > this.#fields.length) this.#grow();
    const at = this.#size * FIELDS;
    this.#fields.set(row.addresses, at);
    this.#fields[at + 8] = row.localPort;
    this.#fields[at + 9] = row.remotePort;
    this.#fields[at + 10] = row.state;
    this.#fields[at + 11] = Number(row.ipv6Socket);
    this.#fields[at + 12] = row.remainingMs;
    this.#fields[at + 13] = row.device;
    this.#fields[at + 14] = row.cookieLow;
    this.#fields[at + 15] = row.cookieHigh;
    this.#fields[at + 16] = tristate(row.v6Only);
    this.#fields[at + 17] = tristate(row.bindAddressNoPort);
    this.#fields[at + 18] = row.inode;
    this.#fields[at + 19] = row.uid ?? 0;
    this.#fields[at + 20] = row.portOwner;
    this.#fields[at + 21] = Number(row.mayHaveTimestamps);
    this.#fields[at + 22] = tristate(row.accepted);
    this.#size += 1;
  }

  /** Visits the rows in the order they came; the row is only valid during the call. */
  forEach(visit: (row: SocketRow) => void): void {
    const rare = new CopiedFields();
    const row = new SocketRow(rare);
    for (let at = 0; at < this.#size * FIELDS; at += FIELDS) {
      const field = (index: number): number => this.#fields[at + index] ?? 0;
      row.addresses.set(this.#fields.subarray(at, at + 8));
      row.localPort = field(8);
      row.remotePort = field(9);
      row.state = field(10);
      row.ipv6Socket = field(11) === 1;
      row.remainingMs = field(12);
      row.device = field(13);
      row.cookieLow = field(14);
      row.cookieHigh = field(15);
      rare.v6Only = truth(field(16));
      rare.bindAddressNoPort = truth(field(17));
      rare.inode = field(18) >>> 0;
      rare.uid = field(19) >>> 0;
      row.portOwner = field(20);
      row.mayHaveTimestamps = field(21) === 1;
      row.accepted = truth(field(22));
      visit(row);
    }
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(FIRST_ROWS * FIELDS, 2 * this.#fields.length));
    larger.set(this.#fields);
    this.#fields = larger;
  }
}

function tristate(value: boolean | undefined): number {
  if (value === undefined) return UNKNOWN;
  return value ? YES : NO;
}

function truth(value: number): boolean | undefined {
  return value === UNKNOWN ? undefined : value === YES;
}
