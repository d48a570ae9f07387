import { KernelError } from '../kernel/kernel-error.ts';
import { isProcess, listProcesses, readLastPid } from '../kernel/proc/pid.ts';
import { NetnsInodeLookup } from './netns-inode-lookup.ts';

/** Chosen: a new namespace is to be seen within 15 s, and a process that changed its namespace within 60 s. */
const NEW_MS = 15_000;
const ALL_MS = 60_000;

/** Chosen: timers are late. A poll that comes at most this much after its time counts as on time. */
const SLACK_MS = 500;

/** Measured: to list all processes takes about as long as to look at this many pids. */
const MAX_PIDS_PROBED = 1000;

/**
 * Chosen: processes whose pid was not given in ascending order (by `clone3` with `set_tid`) are found only by
 * a list of all. It is made at each tenth look at all processes.
 */
const LOOKS_PER_LIST = 10;

/**
 * Which process is in which network namespace, by the inode of its `net/tcp`. New processes are looked for
 * every 15 s, and are looked at again for a minute, because container runtimes make the namespace after the
 * fork. All processes are looked at once a minute.
 */
export class Processes {
  readonly #procfs: string;
  readonly #inodeLookup: NetnsInodeLookup;
  /** The inode of each process, in the order in which they were found; 0 where it could not be read yet. */
  readonly #inodes = new Map<number, number>();
  #pidsByInode: ReadonlyMap<number, readonly number[]> = new Map();
  /** When processes were first seen that are less than a minute old. */
  readonly #firstSeenMs = new Map<number, number>();
  #lastPid: number | undefined;
  #looksAtAll = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #lookedAtAllMs = Number.NEGATIVE_INFINITY;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
    this.#inodeLookup = new NetnsInodeLookup(procfs);
  }

  /**
   * Looks for new processes, and at known ones, where it is time to; returns whether it was. `nowMs` is
   * monotonic, and the next call comes `intervalMs` later. What cannot be read for lack of descriptors or memory
   * stays as it was, and is looked at again at the next look.
   */
  look(nowMs: number, intervalMs: number): boolean {
    const nextMs = nowMs + intervalMs - SLACK_MS;
    if (nextMs <= this.#lookedMs + NEW_MS) return false;
    this.#lookedMs = nowMs;
    const isAll = nextMs > this.#lookedAtAllMs + ALL_MS;
    if (isAll) this.#lookedAtAllMs = nowMs;
    const found = orIfShort([], () =>
      this.#findNew(isAll && this.#looksAtAll % LOOKS_PER_LIST === 0),
    );
    if (isAll) this.#looksAtAll += 1;
    for (const pid of found) this.#firstSeenMs.set(pid, nowMs);
    this.#inodeLookup.begin();
    const due = isAll ? [...this.#inodes.keys(), ...found] : this.#firstSeenMs.keys();
    for (const pid of due) this.#readInode(pid);
    this.#forgetOlder(nowMs);
    this.#pidsByInode = this.#groupByInode();
    return true;
  }

  /** The pids of each namespace, by the inode of its `net/tcp`; the first one found comes first. */
  get byInode(): ReadonlyMap<number, readonly number[]> {
    return this.#pidsByInode;
  }

  #groupByInode(): ReadonlyMap<number, readonly number[]> {
    const groups = new Map<number, number[]>();
    for (const [pid, inode] of this.#inodes) {
      if (inode === 0) continue;
      const group = groups.get(inode);
      if (group === undefined) groups.set(inode, [pid]);
      else group.push(pid);
    }
    return groups;
  }

  /**
   * Pids are given in ascending order: those behind the last one are probed, unless there are too many. The last
   * one is noted only when all have been found.
   */
  #findNew(byList: boolean): readonly number[] {
    const last = readLastPid(this.#procfs);
    const found = this.#findUpTo(last, byList);
    this.#lastPid = last;
    return found;
  }

  #findUpTo(last: number | undefined, byList: boolean): readonly number[] {
    const before = this.#lastPid;
    const gap = (last ?? Number.NaN) - (before ?? Number.NaN);
    const isNew = (pid: number): boolean => !this.#inodes.has(pid) && !this.#firstSeenMs.has(pid);
    if (byList || !(gap >= 0 && gap <= MAX_PIDS_PROBED)) {
      return listProcesses(this.#procfs).filter(isNew);
    }
    return Array.from({ length: gap }, (_, index) => (before ?? 0) + 1 + index)
      .filter(isNew)
      .filter((pid) => isProcess(this.#procfs, pid));
  }

  #readInode(pid: number): void {
    const inode = orIfShort(undefined, () => this.#inodeLookup.inodeOf(pid));
    if (inode === 0) this.#inodes.delete(pid);
    else this.#inodes.set(pid, inode ?? this.#inodes.get(pid) ?? 0);
  }

  #forgetOlder(nowMs: number): void {
    for (const [pid, seenMs] of this.#firstSeenMs) {
      if (nowMs - seenMs >= ALL_MS || !this.#inodes.has(pid)) this.#firstSeenMs.delete(pid);
    }
  }
}

/** What `read` returns; `otherwise` where descriptors or memory are short. */
function orIfShort<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return otherwise;
  }
}
