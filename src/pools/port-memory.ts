import type { SocketRow } from '../kernel/socket-row.ts';
import type { EndpointTable } from './endpoint-table.ts';
import { mix } from './hash.ts';
import { PairSet } from './pair-set.ts';
import { PortSet } from './port-set.ts';

/** Two independent 32-bit hashes name a row, so that a false match is out of the question. */
const SEEDS = [0x51ed270b, 0x2545f491] as const;

/** After a longer pause the births between two polls are no longer understood: 2.5 of the longest interval. */
const LONGEST_PAUSE_MS = 150_000;

/**
 * What one poll hands to the next. Two rules need it: the rows of a listener that has closed stay
 * inbound, and an outbound row on a port that `connect()` would not have tried yet was bound.
 *
 * Marks belong to rows, not to ports: once the marked rows of a port are gone, the kernel may have given
 * it to anybody.
 */
export class PortMemory {
  /** Ports with a listener. */
  readonly listening = new PortSet();
  /** Ports of listeners that have closed, with rows of theirs left. */
  readonly leftover = new PortSet();
  /** Those of both whose rows take the IPv4 port too. */
  readonly dualStack = new PortSet();
  /** Ports that a `bind()` before a `connect()` owns. */
  bound = new PortSet();
  /** Outbound rows of the range. */
  outboundRows = 0;
  readonly takenAtMs: number;
  readonly #usable: PortSet;
  /** Endpoints whose first pass may have been full. */
  readonly #full = new PairSet();
  /** Rows on ports of the second pass, and on ports that are marked. */
  readonly #rows = new PairSet();
  /** Those of one poll more: /proc can miss a row once. */
  readonly #olderRows: PairSet | undefined;

  /** `takenAtMs` is monotonic, `usable` the range less reserved ports, `before` the last poll's memory. */
  constructor(takenAtMs: number, usable: PortSet, before: PortMemory | undefined) {
    this.takenAtMs = takenAtMs;
    this.#usable = usable;
    this.#olderRows = before === undefined ? undefined : before.#rows;
  }

  /** Whether births since this poll can be judged at `nowMs`, with the ports `usable`. */
  explainsBirths(nowMs: number, usable: PortSet): boolean {
    return nowMs - this.takenAtMs <= LONGEST_PAUSE_MS && usable.equals(this.#usable);
  }

  rememberRow([first, second]: RowIdentity): void {
    this.#rows.add(first, second);
  }

  knowsRow([first, second]: RowIdentity): boolean {
    return this.#rows.has(first, second) || this.#olderRows?.has(first, second) === true;
  }

  /** Notes that a `connect()` to the endpoint may have found its first pass full. */
  rememberFull(table: EndpointTable, id: number): void {
    this.#full.add(...endpointHashes(table, id));
  }

  wasFull(table: EndpointTable, id: number): boolean {
    return this.#full.has(...endpointHashes(table, id));
  }
}

function endpointHashes(table: EndpointTable, id: number): [number, number] {
  return [table.fingerprint(id, SEEDS[0]), table.fingerprint(id, SEEDS[1])];
}

/** Two hashes of a row's addresses and ports. */
export type RowIdentity = readonly [number, number];

/** The same at every poll, whatever the state of the socket. */
export function identify(row: SocketRow): RowIdentity {
  return [hashRow(row, SEEDS[0]), hashRow(row, SEEDS[1])];
}

function hashRow({ addresses, localPort, remotePort }: SocketRow, seed: number): number {
  let hash = mix(mix(seed, localPort), remotePort);
  for (const word of addresses) hash = mix(hash, word);
  return hash;
}
