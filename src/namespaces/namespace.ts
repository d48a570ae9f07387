import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { KernelError } from '../kernel/kernel-error.ts';
import { type NetnsIdentity, readNetInode } from '../kernel/netns/netns.ts';
import { readNetnsCookie } from '../kernel/netns/netns-switch.ts';
import { readBirth } from '../kernel/proc/pid.ts';
import { isProcfs } from '../kernel/proc/procfs.ts';
import { readOr } from '../kernel/shortage.ts';
import type { SetnsEntry } from './setns-entry.ts';
import type { NetnsView } from './netns-view.ts';

/** One network namespace, from its creation to its end. The kernel uses its inode again; `id` is used once. */
export interface Namespace {
  readonly id: number;
  readonly identity: NetnsIdentity;
  /** What a shell on the host puts in front of a line that is to run inside; empty where nothing is needed, or known. */
  readonly enterBy: string;
  /**
   * Calls `read`, which must be synchronous, where the namespace can be read. Returns what `read` returns;
   * undefined where the namespace no longer exists. Throws what `read` throws, and `KernelError` where it cannot be
   * told whether it exists, for lack of descriptors or memory.
   */
  visit<T>(read: (view: NetnsView) => T): T | undefined;
}

/** The namespace that the exporter itself is in. */
export class OwnNamespace implements Namespace {
  readonly id: number;
  readonly identity: NetnsIdentity;
  readonly enterBy: string;
  readonly #view: NetnsView;

  /** `mount` is its file under /run/netns; empty where there is none. */
  constructor(id: number, identity: NetnsIdentity, procfs: string, mount = '') {
    this.id = id;
    this.identity = identity;
    this.enterBy = enterByMount(mount);
    this.#view = {
      net: join(procfs, 'net'),
      sysctl: join(procfs, 'sys/net'),
      sockets: isProcfs(procfs) ? 'lasting' : 'none',
    };
  }

  visit<T>(read: (view: NetnsView) => T): T {
    return read(this.#view);
  }
}

function enterByMount(mount: string): string {
  const name = basename(mount);
  const word = /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
  return mount === '' ? '' : `ip netns exec ${word}`;
}

/** How another namespace may be reached. */
export interface NetnsAccess {
  /** Where procfs is mounted. */
  readonly procfs: string;
  readonly setnsEntry: SetnsEntry;
  /** The pids that were last seen in it. */
  readonly processes: () => readonly number[];
  /** When this poll began, in ticks of 1/100 s since boot, as `ProcessBirth.startTicks`. */
  readonly nowTicks: () => number;
  /** The file under /run/netns; empty where there is none. */
  readonly mount: string;
}

/** Chosen: how many of them, one after the other, are followed into a namespace that turns out to be another. */
const MAX_VISITS = 3;

/** A process in the namespace, identified by its pid and its start. */
interface MemberProcess {
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * Another namespace than the exporter's own. It is entered (setns(2)) where that is allowed, because its
 * sysctls can be read only from inside. Else it is read from outside, through a process.
 *
 * Inodes of namespaces and pids are used again, so each visit makes sure that it meets the same namespace:
 * inside by the namespace's cookie, outside by a process that was there at the last visit already.
 */
export class OtherNamespace implements Namespace {
  readonly id: number;
  readonly identity: NetnsIdentity;
  readonly #inode: number;
  readonly #access: NetnsAccess;
  /** For when this thread is in the namespace. */
  readonly #insideView: NetnsView;
  #member: MemberProcess | undefined;
  /** Ticks since boot at the last visit; a process that started later proves nothing. */
  #visitedTicks = Number.POSITIVE_INFINITY;
  /** 0 until it was entered, and where the kernel has no cookies. */
  #cookie = 0n;

  /** `inode` is that of its `net/tcp`. */
  constructor(id: number, identity: NetnsIdentity, inode: number, access: NetnsAccess) {
    this.id = id;
    this.identity = identity;
    this.#inode = inode;
    this.#access = access;
    const { procfs } = access;
    const [net, sysctl] = [join(procfs, 'thread-self/net'), join(procfs, 'sys/net')];
    this.#insideView = { net, sysctl, sockets: 'brief' };
  }

  get enterBy(): string {
    const { mount, processes } = this.#access;
    if (mount !== '') return enterByMount(mount);
    const pid = this.#member?.pid ?? processes()[0];
    return pid === undefined ? '' : `nsenter -t ${pid} -n`;
  }

  visit<T>(read: (view: NetnsView) => T): T | undefined {
    const found = this.#visit(read);
    if (found !== undefined) this.#visitedTicks = this.#access.nowTicks();
    return found?.result;
  }

  #visit<T>(read: (view: NetnsView) => T): { readonly result: T } | undefined {
    for (let visits = 0; visits < MAX_VISITS; visits += 1) {
      const pid = this.#findMember();
      if (pid === undefined) break;
      const found = this.#visitThrough(pid, read);
      if (found !== undefined) return found;
      this.#member = undefined;
    }
    const { setnsEntry, mount } = this.#access;
    if (mount === '') return undefined;
    return setnsEntry.within(mount, () => this.#readInside(read))?.result;
  }

  #visitThrough<T>(pid: number, read: (view: NetnsView) => T): { readonly result: T } | undefined {
    const { procfs, setnsEntry } = this.#access;
    const entered = setnsEntry.within(`${procfs}/${pid}/ns/net`, () => this.#readInside(read));
    if (entered !== undefined) return entered.result;
    if (this.#cookie !== 0n && !this.#startedBeforeLastVisit(pid)) return undefined;
    return this.#readOutside(pid, read);
  }

  /** Reads where this thread is: it stays in the namespace until it leaves by itself. */
  #readInside<T>(read: (view: NetnsView) => T): { readonly result: T } | undefined {
    if (!this.#isEntered()) return undefined;
    return { result: read(this.#insideView) };
  }

  /** Whether this thread is in this namespace. The first time the inode decides, and the cookie is noted. */
  #isEntered(): boolean {
    const cookie = readNetnsCookie();
    if (this.#cookie !== 0n) return cookie === this.#cookie;
    if (readNetInode(this.#insideView.net) !== this.#inode) return false;
    this.#cookie = cookie;
    return true;
  }

  /**
   * Reads through a process. It may end or change its namespace meanwhile, so that what was read may be of
   * another namespace: then nothing is returned.
   */
  #readOutside<T>(pid: number, read: (view: NetnsView) => T): { readonly result: T } | undefined {
    const net = this.#netOf(pid);
    const isHere = (): boolean => readNetInode(net) === this.#inode;
    if (!isHere()) return undefined;
    try {
      const result = read({ net, sysctl: undefined, sockets: 'none' });
      return isHere() ? { result } : undefined;
    } catch (error) {
      if (error instanceof KernelError && !isHere()) return undefined;
      throw error;
    }
  }

  /** The process of the last visit, or another. */
  #findMember(): number | undefined {
    if (this.#member !== undefined && this.#isUsable(this.#member)) return this.#member.pid;
    this.#member = undefined;
    return this.#access.processes().find((pid) => this.#isThere(pid) && this.#isMember(pid));
  }

  /**
   * Whether a process has this pid. It takes 2 µs, a failed `readBirth` ten times as long: thousands of processes
   * that have ended must not hold up the poll.
   */
  #isThere(pid: number): boolean {
    const path = join(this.#access.procfs, String(pid));
    return readOr(path, false, () => statSync(path, { throwIfNoEntry: false }) !== undefined);
  }

  /** Whether the pid is still that of the same process. The cookie makes that needless: it is checked inside. */
  #isUsable({ pid, startTicks }: MemberProcess): boolean {
    return this.#cookie !== 0n || readBirth(this.#access.procfs, pid)?.startTicks === startTicks;
  }

  /** Whether `pid` is in a namespace with this inode, and proves that it is this one; remembers it. */
  #isMember(pid: number): boolean {
    const startTicks = readBirth(this.#access.procfs, pid)?.startTicks;
    if (startTicks === undefined) return false;
    const proves = this.#cookie !== 0n || startTicks <= this.#visitedTicks;
    if (!proves || readNetInode(this.#netOf(pid)) !== this.#inode) return false;
    this.#member = { pid, startTicks };
    return true;
  }

  /** Where a namespace with a known cookie can no longer be entered, an older process must prove that it is the same. */
  #startedBeforeLastVisit(pid: number): boolean {
    const startTicks = readBirth(this.#access.procfs, pid)?.startTicks;
    return startTicks !== undefined && startTicks <= this.#visitedTicks;
  }

  #netOf(pid: number): string {
    return join(this.#access.procfs, String(pid), 'net');
  }
}
