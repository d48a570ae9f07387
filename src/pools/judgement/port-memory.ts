import { UNBINDS_SHARED_PORTS } from '../../kernel/kernel-version.ts';
import type { SocketRow } from '../../kernel/socket-row.ts';
import type { Verdict } from './evidence.ts';
import { IdentityList, type IdentityWalk } from '../tables/identity-list.ts';
import { PairSet } from '../tables/pair-set.ts';
import { PortSet } from '../tables/port-set.ts';
import { identityHalf } from '../tables/row-identity.ts';

/**
 * The longest time between two polls after which new rows are still judged: 2.5 times the longest interval, 60 s. In a
 * longer pause a first pass can fill and empty again unseen.
 */
const MAX_PAUSE_MS = 150_000;

/**
 * What one poll remembers for the next. Two rules need it: the rows of a listener that has closed stay inbound, and
 * an outbound row that appeared on a port that `connect()` would not have tried yet was bound.
 *
 * Rows are remembered beside their ports: once all remembered rows of a port are gone, the kernel may have given the
 * port to another socket, and nothing is known of it any more.
 */
export class PortMemory {
  /** Ports with a listener. */
  readonly listening = new PortSet();
  /** Ports of listeners that have closed, while rows that they accepted are left. */
  readonly orphanedListenerPorts = new PortSet();
  /** Those of both whose rows take the IPv4 port too: their listener was IPv4 or dual-stack. */
  readonly dualStack = new PortSet();
  /** Ports that a `bind()` without a listener owns: bound before a connect, or bound and idle. */
  readonly bound = new PortSet();
  /** How many rows the census listed: the next one will list about as many. */
  listedRows = 0;
  readonly takenAtMs: number;
  readonly #usable: PortSet;
  /** Identities of rows on `orphanedListenerPorts` and on `bound`, and at judged addresses. */
  readonly #rows: PairSet;
  /** Those of all other rows on second-pass ports, in the order in which they were listed. */
  readonly #unjudgedRows: IdentityList;
  /** Both, and those of the poll before: a read of /proc can miss a row. */
  readonly #all: readonly (PairSet | IdentityList)[];
  /** Identities of the rows among them of which something was decided: those at judged addresses. */
  readonly #connected: PairSet;
  readonly #boundRows: PairSet;

  /** `takenAtMs` is monotonic, `usable` the range less reserved ports, `before` the last poll's memory. */
  constructor(takenAtMs: number, usable: PortSet, before: PortMemory | undefined) {
    this.takenAtMs = takenAtMs;
    this.#usable = usable;
    this.#rows = new PairSet(before === undefined ? 0 : before.#rows.size);
    this.#unjudgedRows = new IdentityList(before === undefined ? 0 : before.#unjudgedRows.size);
    const older = before === undefined ? [] : [before.#rows, before.#unjudgedRows];
    this.#all = [this.#rows, this.#unjudgedRows, ...older];
    this.#connected = new PairSet(before === undefined ? 0 : before.#connected.size);
    this.#boundRows = new PairSet(before === undefined ? 0 : before.#boundRows.size);
  }

  /** The memory of a namespace that was never polled. */
  static blank(): PortMemory {
    return new PortMemory(Number.NEGATIVE_INFINITY, new PortSet(), undefined);
  }

  /** Adds listeners on `ports` that closed before any poll saw them. */
  assumeListening(ports: PortSet, dualStack: boolean): void {
    this.listening.addAll(ports);
    if (dualStack) this.dualStack.addAll(ports);
  }

  /** All ports that a `bind()` owns, with a listener, after one, or without. */
  get boundPorts(): PortSet {
    return this.listening.union(this.orphanedListenerPorts).union(this.bound);
  }

  /** Whether rows that appeared since this poll can be judged at `nowMs`: not after a long pause or a new range. */
  canJudgeNewRows(nowMs: number, usable: PortSet): boolean {
    return nowMs - this.takenAtMs <= MAX_PAUSE_MS && usable.equals(this.#usable);
  }

  /**
   * A `bind()` owns the row's port still while a row is left that was on it at the last poll: the kernel keeps the
   * bind bucket until its last socket is gone (`inet_bind_bucket_destroy` in net/ipv4/inet_hashtables.c), or, in newer
   * kernels, the last that was bound. Where a listener closed since the last poll, the port is an orphaned listener's if
   * the row was accepted.
   */
  keepIfStillOwned(
    row: SocketRow,
    before: PortMemory,
    seemsAccepted: (row: SocketRow) => boolean,
  ): void {
    const port = row.localPort;
    const known = before.knows(row);
    const accepted = before.listening.has(port) && seemsAccepted(row);
    if (accepted || (before.orphanedListenerPorts.has(port) && known)) {
      this.orphanedListenerPorts.add(port);
      if (before.dualStack.has(port)) this.dualStack.add(port);
    } else if (before.bound.has(port) && (UNBINDS_SHARED_PORTS ? before.wasBound(row) : known)) {
      this.bound.add(port);
    }
  }

  /** Remembers the row. */
  remember(row: SocketRow): void {
    this.rememberIdentity(identityHalf(row, 0), identityHalf(row, 1));
  }

  rememberIdentity(first: number, second: number): void {
    this.#rows.add(first, second);
  }

  /** Remembers a row of a second pass at an address that is not judged. */
  rememberUnjudged(first: number, second: number): void {
    this.#unjudgedRows.push(first, second);
  }

  /** Meets rows that are not judged in the order in which they were remembered at this poll. */
  walk(): IdentityWalk {
    return this.#unjudgedRows.walk();
  }

  /** Whether the row was remembered at this poll or the one before. */
  knows(row: SocketRow): boolean {
    return this.knowsIdentity(identityHalf(row, 0), identityHalf(row, 1));
  }

  knowsIdentity(first: number, second: number): boolean {
    return this.#all.some((rows) => rows.has(first, second));
  }

  /** Those of the identities that were remembered at this poll or the one before. Cheap where they are few. */
  knownOf(identities: PairSet): PairSet {
    const known = new PairSet();
    if (identities.size === 0) return known;
    for (const rows of this.#all) {
      rows.forEach((first, second) => {
        if (identities.has(first, second)) known.add(first, second);
      });
    }
    return known;
  }

  /** Whether the row was found to be bound at this poll. */
  wasBound(row: SocketRow): boolean {
    return this.verdictOf(identityHalf(row, 0), identityHalf(row, 1)) === 'bound';
  }

  /** Remembers a row that is bound. */
  rememberBound(row: SocketRow): void {
    this.rememberVerdict(identityHalf(row, 0), identityHalf(row, 1), 'bound');
  }

  /** Remembers a row on a port that a `bind()` owns. At a judged address the judgement says what the row is. */
  rememberOwned(row: SocketRow, before: PortMemory | undefined, isJudged: boolean): void {
    if (before?.wasBound(row) === true && !isJudged) this.rememberBound(row);
    else this.remember(row);
  }

  /** Remembers a row with what was decided of it, if anything. */
  rememberVerdict(first: number, second: number, verdict: Verdict | undefined): void {
    this.rememberIdentity(first, second);
    if (verdict === 'connected') this.#connected.add(first, second);
    else if (verdict === 'bound') this.#boundRows.add(first, second);
  }

  /** What was decided of the row at this poll. */
  verdictOf(first: number, second: number): Verdict {
    if (this.#connected.has(first, second)) return 'connected';
    return this.#boundRows.has(first, second) ? 'bound' : 'undecided';
  }
}
