import type { SocketRow } from '../../kernel/socket-row.ts';
import { PairSet } from '../tables/pair-set.ts';
import { PortSet } from '../tables/port-set.ts';
import { identityHalf } from './row-identity.ts';

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
  readonly orphanedListenerPorts = new PortSet();
  /** Those of both whose rows take the IPv4 port too. */
  readonly dualStack = new PortSet();
  /** Ports that a `bind()` without a listener owns. */
  readonly bound = new PortSet();
  readonly takenAtMs: number;
  readonly #usable: PortSet;
  /** Rows on ports of the second pass, and on ports that are marked. */
  readonly #rows: PairSet;
  /** Those of one poll more: /proc can miss a row once. */
  readonly #olderRows: PairSet | undefined;

  /** `takenAtMs` is monotonic, `usable` the range less reserved ports, `before` the last poll's memory. */
  constructor(takenAtMs: number, usable: PortSet, before: PortMemory | undefined) {
    this.takenAtMs = takenAtMs;
    this.#usable = usable;
    this.#rows = new PairSet(before?.size);
    this.#olderRows = before === undefined ? undefined : before.#rows;
  }

  /** The memory of a namespace that was never polled. */
  static blank(): PortMemory {
    return new PortMemory(Number.NEGATIVE_INFINITY, new PortSet(), undefined);
  }

  /** Notes listeners on `ports` that no poll saw. */
  presumeListening(ports: PortSet, dualStack: boolean): void {
    this.listening.addAll(ports);
    if (dualStack) this.dualStack.addAll(ports);
  }

  /** All ports that a `bind()` owned: those of listeners, of closed ones with rows left, and others. */
  get boundPorts(): PortSet {
    return this.listening.union(this.orphanedListenerPorts).union(this.bound);
  }

  /** Whether births since this poll can be judged at `nowMs`, with the ports `usable`. */
  explainsBirths(nowMs: number, usable: PortSet): boolean {
    return nowMs - this.takenAtMs <= LONGEST_PAUSE_MS && usable.equals(this.#usable);
  }

  /** How many rows are remembered: about as many as the next poll will. */
  get size(): number {
    return this.#rows.size;
  }

  remember(row: SocketRow): void {
    this.rememberIdentity(identityHalf(row, 0), identityHalf(row, 1));
  }

  rememberIdentity(first: number, second: number): void {
    this.#rows.add(first, second);
  }

  knows(row: SocketRow): boolean {
    return this.knowsIdentity(identityHalf(row, 0), identityHalf(row, 1));
  }

  knowsIdentity(first: number, second: number): boolean {
    return this.#rows.has(first, second) || this.#olderRows?.has(first, second) === true;
  }
}
