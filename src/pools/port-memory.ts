import type { EndpointTable } from './endpoint-table.ts';
import { mix } from './hash.ts';
import { PairSet } from './pair-set.ts';
import { PortSet } from './port-set.ts';

/** Two independent 32-bit hashes name an endpoint, so that a false match is out of the question. */
const SEEDS = [0x51ed270b, 0x2545f491] as const;

/** After a longer pause the births between two polls are no longer understood. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * What one poll hands to the next. Two rules need it: the rows of a listener that has closed stay
 * inbound, and an outbound row on a port that `connect()` would not have tried yet was bound.
 */
export class PortMemory {
  /** Ports with a listener, or with rows left over from one. */
  listened = new PortSet();
  /** Those of them that take the IPv4 port too. */
  listenedDualStack = new PortSet();
  /** Ports that a `bind()` before a `connect()` owns. */
  bound = new PortSet();
  readonly takenAtMs: number;
  readonly #lowParity: number;
  readonly #full = new PairSet();
  readonly #rows = new PairSet();
  /** The rows of one poll more: /proc can miss a row once. */
  readonly #olderRows: PairSet | undefined;

  /** `takenAtMs` is monotonic, `rangeLow` the low end of the range, `before` the last poll's memory. */
  constructor(takenAtMs: number, rangeLow: number, before: PortMemory | undefined) {
    this.takenAtMs = takenAtMs;
    this.#lowParity = rangeLow & 1;
    this.#olderRows = before === undefined ? undefined : before.#rows;
  }

  /** Whether births since this poll can be judged at `nowMs`, in a range that starts at `rangeLow`. */
  explainsBirths(nowMs: number, rangeLow: number): boolean {
    return (rangeLow & 1) === this.#lowParity && nowMs - this.takenAtMs <= LONGEST_PAUSE_MS;
  }

  rememberRow(table: EndpointTable, id: number, port: number): void {
    this.#rows.add(rowHash(table, id, port, SEEDS[0]), rowHash(table, id, port, SEEDS[1]));
  }

  knowsRow(table: EndpointTable, id: number, port: number): boolean {
    const first = rowHash(table, id, port, SEEDS[0]);
    const second = rowHash(table, id, port, SEEDS[1]);
    return this.#rows.has(first, second) || this.#olderRows?.has(first, second) === true;
  }

  /** Notes that a `connect()` to the endpoint may have found its first pass full. */
  rememberFull(table: EndpointTable, id: number): void {
    this.#full.add(table.fingerprint(id, SEEDS[0]), table.fingerprint(id, SEEDS[1]));
  }

  wasFull(table: EndpointTable, id: number): boolean {
    return this.#full.has(table.fingerprint(id, SEEDS[0]), table.fingerprint(id, SEEDS[1]));
  }
}

function rowHash(table: EndpointTable, id: number, port: number, seed: number): number {
  return mix(table.fingerprint(id, seed), port);
}
