import { isProcess, listProcesses, readLastPid } from '../kernel/proc/pid.ts';
import { NetnsInodeLookup } from './netns-inode-lookup.ts';

/** How long a new process may go unnoticed, and how long a known one that moved. */
const NEW_MS = 15_000;
const ALL_MS = 60_000;

/** Polls are not exact: one that comes this much late is on time. */
const SLACK_MS = 500;

/** Listing all processes takes as long as asking for this many numbers. */
const LONGEST_GAP = 1000;

/** Processes that have a number that was not given in turn are found by a list, which is made this seldom. */
const PASSES_TO_A_LIST = 10;

/**
 * Which process is in which network namespace, as the inode of its `net/tcp` tells. New processes are looked
 * for every 15 s, and again while they are young: runtimes make the namespace after the fork. All are
 * looked at once a minute.
 */
export class Processes {
  readonly #procfs: string;
  readonly #inodeLookup: NetnsInodeLookup;
  /** In the order in which they were found: the oldest first. */
  readonly #inodes = new Map<number, number>();
  #groups: ReadonlyMap<number, readonly number[]> = new Map();
  /** When processes were first seen that may still move. */
  readonly #young = new Map<number, number>();
  #lastPid: number | undefined;
  #passes = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #lookedAtAllMs = Number.NEGATIVE_INFINITY;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
    this.#inodeLookup = new NetnsInodeLookup(procfs);
  }

  /**
   * Looks where it is time to; the next chance is `intervalMs` later. Returns whether it looked.
   */
  look(nowMs: number, intervalMs: number): boolean {
    const nextMs = nowMs + intervalMs - SLACK_MS;
    if (nextMs <= this.#lookedMs + NEW_MS) return false;
    this.#lookedMs = nowMs;
    const all = nextMs > this.#lookedAtAllMs + ALL_MS;
    if (all) this.#lookedAtAllMs = nowMs;
    const found = this.#findNew(all && this.#passes % PASSES_TO_A_LIST === 0);
    if (all) this.#passes += 1;
    for (const pid of found) this.#young.set(pid, nowMs);
    this.#inodeLookup.begin();
    for (const pid of all ? [...this.#inodes.keys(), ...found] : this.#young.keys()) this.#ask(pid);
    this.#forgetGrown(nowMs);
    this.#groups = this.#groupByInode();
    return true;
  }

  /** The processes of each namespace. */
  get byInode(): ReadonlyMap<number, readonly number[]> {
    return this.#groups;
  }

  #groupByInode(): ReadonlyMap<number, readonly number[]> {
    const groups = new Map<number, number[]>();
    for (const [pid, inode] of this.#inodes) {
      const group = groups.get(inode);
      if (group === undefined) groups.set(inode, [pid]);
      else group.push(pid);
    }
    return groups;
  }

  /** Numbers are given in turn: new processes have those behind the last one, unless there are too many. */
  #findNew(byList: boolean): readonly number[] {
    const [before, last] = [this.#lastPid, readLastPid(this.#procfs)];
    this.#lastPid = last;
    const gap = (last ?? Number.NaN) - (before ?? Number.NaN);
    const isNew = (pid: number): boolean => !this.#inodes.has(pid) && !this.#young.has(pid);
    if (byList || !(gap >= 0 && gap <= LONGEST_GAP)) {
      return listProcesses(this.#procfs).filter(isNew);
    }
    return Array.from({ length: gap }, (_, index) => (before ?? 0) + 1 + index)
      .filter(isNew)
      .filter((pid) => isProcess(this.#procfs, pid));
  }

  #ask(pid: number): void {
    const inode = this.#inodeLookup.inodeOf(pid);
    if (inode > 0) this.#inodes.set(pid, inode);
    else this.#inodes.delete(pid);
  }

  #forgetGrown(nowMs: number): void {
    for (const [pid, seenMs] of this.#young) {
      if (nowMs - seenMs >= ALL_MS || !this.#inodes.has(pid)) this.#young.delete(pid);
    }
  }
}
