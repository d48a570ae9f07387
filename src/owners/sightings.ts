import type { SocketRow } from '../kernel/socket-row.ts';
import type { KeptPorts } from './kept-ports.ts';
import type { OwnerGroup, OwnerProcess } from './owner.ts';

/** What is known of the socket on one port. */
export interface Sighting {
  readonly cookieLow: number;
  readonly cookieHigh: number;
  /** 0 where it was never seen open. */
  readonly inode: number;
  readonly uid: number | undefined;
  readonly cgroupId: number | undefined;
  /** Whether a process had it open when it was seen last; else what is known of it is remembered. */
  isOpen: boolean;
  group: OwnerGroup | undefined;
  process: OwnerProcess | undefined;
}

/** The sockets of one pool by local port, as they were last seen; a TIME_WAIT keeps what was known of its socket. */
export class Sightings {
  #ports: ReadonlyMap<number, Sighting> = new Map();
  #next = new Map<number, Sighting>();
  /** Ports seen at this pass that were not kept for want of memory. */
  #unkept = 0;
  readonly #kept: KeptPorts;

  constructor(kept: KeptPorts) {
    this.#kept = kept;
  }

  /** Begins a pass over the sockets. */
  begin(): void {
    this.#kept.release(this.#next.size);
    this.#next = new Map();
    this.#unkept = 0;
  }

  /** A port with several sockets is that of the first one that somebody has open. */
  see(row: SocketRow): void {
    const { localPort } = row;
    const seen = this.#next.get(localPort);
    if (seen?.isOpen) return;
    if (seen === undefined && !this.#kept.take()) this.#unkept += 1;
    else if (seen === undefined || row.inode !== 0) this.#next.set(localPort, this.#identify(row));
  }

  /** Ends the pass: ports that it did not see are forgotten. */
  finish(): void {
    this.#kept.release(this.#ports.size);
    this.#ports = this.#next;
    this.#next = new Map();
  }

  /** Forgets all. */
  close(): void {
    this.begin();
    this.finish();
  }

  /** Those that were kept at the last pass. */
  get all(): Iterable<Sighting> {
    return this.#ports.values();
  }

  get size(): number {
    return this.#ports.size;
  }

  /** Ports of the last pass of which nothing was kept. */
  get unkept(): number {
    return this.#unkept;
  }

  #identify(row: SocketRow): Sighting {
    const before = this.#ports.get(row.localPort);
    const isSame = before !== undefined && isSameSocket(before, row);
    if (!isSame) return firstSight(row);
    before.isOpen = row.inode !== 0;
    return before;
  }
}

/** /proc has no cookies; there, a port without an inode is taken to be that of the socket which was seen on it last. */
function isSameSocket(before: Sighting, { inode, cookieLow, cookieHigh }: SocketRow): boolean {
  if (before.cookieLow !== cookieLow || before.cookieHigh !== cookieHigh) return false;
  return inode === 0 || before.inode === inode;
}

function firstSight(row: SocketRow): Sighting {
  const { cookieLow, cookieHigh, inode, uid, cgroupId } = row;
  const isOpen = inode !== 0;
  const rest = { isOpen, group: undefined, process: undefined };
  return { cookieLow, cookieHigh, inode, uid, cgroupId, ...rest };
}
