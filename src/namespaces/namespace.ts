import { join } from 'node:path';
import { KernelError } from '../kernel/kernel-error.ts';
import { type NetnsIdentity, readNetInode } from '../kernel/netns/netns.ts';
import { readNetnsCookie } from '../kernel/netns/netns-switch.ts';
import { readBirth } from '../kernel/proc/pid.ts';
import type { SetnsEntry } from './setns-entry.ts';
import type { NetnsView } from './netns-view.ts';

/** One life of a network namespace. Its number may come again; its `id` never does. */
export interface Namespace {
  readonly id: number;
  readonly identity: NetnsIdentity;
  /** Reads it: `read` must end without waiting for anything. Undefined where it has gone. */
  visit<T>(read: (view: NetnsView) => T): T | undefined;
}

/** The namespace that the exporter itself is in. */
export class OwnNamespace implements Namespace {
  readonly id: number;
  readonly identity: NetnsIdentity;
  readonly #view: NetnsView;

  constructor(id: number, identity: NetnsIdentity, procfs: string) {
    this.id = id;
    this.identity = identity;
    this.#view = {
      net: join(procfs, 'net'),
      sysctl: join(procfs, 'sys/net'),
      sockets: 'lasting',
    };
  }

  visit<T>(read: (view: NetnsView) => T): T {
    return read(this.#view);
  }
}

/** How another namespace may be reached. */
export interface NetnsAccess {
  readonly procfs: string;
  readonly setnsEntry: SetnsEntry;
  /** Processes that were last seen in it. */
  readonly processes: () => readonly number[];
  /** Ticks since boot when this poll began. */
  readonly nowTicks: () => number;
  /** The file under /run/netns; empty where there is none. */
  readonly mount: string;
}

/** Processes that are looked at in search of one that is still there, and how many of those are followed. */
const TRIES = 20;
const VISITS = 3;

/** A process, known by its number and its birth. */
interface MemberProcess {
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * A namespace that others are in. It is entered where that is allowed: only in there are its settings seen.
 * Else it is read from outside through a process. Whoever is met must have been there at the last visit, or
 * the namespace must say so itself: numbers of namespaces and of processes are used again.
 */
export class OtherNamespace implements Namespace {
  readonly id: number;
  readonly identity: NetnsIdentity;
  readonly #inode: number;
  readonly #access: NetnsAccess;
  /** Where it is when this thread is in it. */
  readonly #inside: NetnsView;
  #member: MemberProcess | undefined;
  /** Ticks since boot at the last visit; a process that was born later is no witness. */
  #seenTicks = Number.POSITIVE_INFINITY;
  #cookie = 0n;

  /** `inode` is that of its `net/tcp`. */
  constructor(id: number, identity: NetnsIdentity, inode: number, access: NetnsAccess) {
    this.id = id;
    this.identity = identity;
    this.#inode = inode;
    this.#access = access;
    const { procfs } = access;
    const [net, sysctl] = [join(procfs, 'thread-self/net'), join(procfs, 'sys/net')];
    this.#inside = { net, sysctl, sockets: 'brief' };
  }

  visit<T>(read: (view: NetnsView) => T): T | undefined {
    const found = this.#visit(read);
    if (found !== undefined) this.#seenTicks = this.#access.nowTicks();
    return found?.result;
  }

  #visit<T>(read: (view: NetnsView) => T): { readonly result: T } | undefined {
    for (let tries = 0; tries < VISITS; tries += 1) {
      const pid = this.#findMember();
      if (pid === undefined) break;
      const found = this.#visitBy(pid, read);
      if (found !== undefined) return found;
      this.#member = undefined;
    }
    const { setnsEntry, mount } = this.#access;
    if (mount === '') return undefined;
    return setnsEntry.within(mount, () => this.#readInside(read))?.result;
  }

  #visitBy<T>(pid: number, read: (view: NetnsView) => T): { readonly result: T } | undefined {
    const { procfs, setnsEntry } = this.#access;
    const entered = setnsEntry.within(`${procfs}/${pid}/ns/net`, () => this.#readInside(read));
    if (entered !== undefined) return entered.result;
    if (this.#cookie !== 0n && !this.#wasBornInTime(pid)) return undefined;
    return this.#readOutside(pid, read);
  }

  /** In there nothing can change the namespace under this thread. */
  #readInside<T>(read: (view: NetnsView) => T): { readonly result: T } | undefined {
    if (!this.#isThisLife(this.#inside.net)) return undefined;
    return { result: read(this.#inside) };
  }

  /** Whether the namespace that this thread is in is the one that was met first. */
  #isThisLife(net: string): boolean {
    const cookie = readNetnsCookie();
    if (this.#cookie !== 0n) return cookie === this.#cookie;
    if (readNetInode(net) !== this.#inode) return false;
    this.#cookie = cookie;
    return true;
  }

  /**
   * A process that has moved on leads to another namespace, and a reader remembers what it read. It may also
   * end, or move, in the midst of it: what was read then may be another's.
   */
  #readOutside<T>(pid: number, read: (view: NetnsView) => T): { readonly result: T } | undefined {
    const net = this.#netOf(pid);
    const isStill = (): boolean => readNetInode(net) === this.#inode;
    if (!isStill()) return undefined;
    try {
      const result = read({ net, sysctl: undefined, sockets: 'none' });
      return isStill() ? { result } : undefined;
    } catch (error) {
      if (error instanceof KernelError && !isStill()) return undefined;
      throw error;
    }
  }

  /** The process seen last, or another. */
  #findMember(): number | undefined {
    if (this.#member !== undefined && this.#isStill(this.#member)) return this.#member.pid;
    this.#member = undefined;
    return this.#access
      .processes()
      .slice(0, TRIES)
      .find((pid) => this.#isHere(pid));
  }

  /** Where the namespace itself says which one it is, any process will do that leads there. */
  #isStill({ pid, startTicks }: MemberProcess): boolean {
    return this.#cookie !== 0n || readBirth(this.#access.procfs, pid)?.startTicks === startTicks;
  }

  /** Whether `pid` is in a namespace of this number, and was born before the last visit. */
  #isHere(pid: number): boolean {
    const startTicks = readBirth(this.#access.procfs, pid)?.startTicks;
    if (startTicks === undefined) return false;
    const wasThere = this.#cookie !== 0n || startTicks <= this.#seenTicks;
    if (!wasThere || readNetInode(this.#netOf(pid)) !== this.#inode) return false;
    this.#member = { pid, startTicks };
    return true;
  }

  /** Where a namespace can no longer say itself which one it is, its processes must be from its days. */
  #wasBornInTime(pid: number): boolean {
    const startTicks = readBirth(this.#access.procfs, pid)?.startTicks;
    return startTicks !== undefined && startTicks <= this.#seenTicks;
  }

  #netOf(pid: number): string {
    return join(this.#access.procfs, String(pid), 'net');
  }
}
