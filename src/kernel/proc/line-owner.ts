import type { LineReader } from './line-reader.ts';
import { ownerColumns, type RowFormat } from './net/net-row.ts';
import type { RareFields } from '../socket-row.ts';

const [SPACE, ZERO, NINE] = [32, 48, 57];
/** Widths that the kernel gives to `uid` and `timeout` at least. */
const [UID, TIMEOUT] = [5, 8];

/**
 * The columns `uid` and `inode` of the line that `lines` is at. They are decoded only when they are read: in
 * each row that would cost 3 ms per 100,000 rows, a fifth of what decoding them takes.
 */
export class LineOwner implements RareFields {
  readonly #lines: LineReader;
  readonly #format: RowFormat;

  constructor(lines: LineReader, format: RowFormat) {
    this.#lines = lines;
    this.#format = format;
  }

  get uid(): number {
    return decimalBefore(this.#lines.bytes, this.#uidEnd);
  }

  get inode(): number {
    const { bytes } = this.#lines;
    const timeoutEnd = columnEnd(bytes, this.#uidEnd + 1 + TIMEOUT);
    return decimalBefore(bytes, columnEnd(bytes, timeoutEnd + 1));
  }

  get #uidEnd(): number {
    const { bytes, start, end } = this.#lines;
    return columnEnd(bytes, ownerColumns(this.#format, bytes, start, end) + UID);
  }
}

/** The first space or newline from `from` on. */
function columnEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) > SPACE) at += 1;
  return at;
}

/** The decimal number that ends before `end`; 0 where there is none. */
function decimalBefore(bytes: Uint8Array, end: number): number {
  let [value, unit] = [0, 1];
  // No column of the kernel's has more digits than a 64-bit number.
  for (let at = end - 1; at >= 0 && at >= end - 20; at -= 1) {
    const digit = bytes[at] ?? 0;
    if (digit < ZERO || digit > NINE) break;
    value += (digit - ZERO) * unit;
    unit *= 10;
  }
  return value;
}
