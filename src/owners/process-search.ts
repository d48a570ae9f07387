import { CAP_SYS_PTRACE, hasCapability } from '../kernel/proc/capability.ts';
import { readBirth } from '../kernel/proc/pid.ts';
import { OpenFiles } from './open-files.ts';
import type { OwnerProcess } from './owner.ts';
import type { Sighting } from './sightings.ts';
import type { IsTimeLeft } from './time-left.ts';

/** How many files of a process are looked at between two looks at the budget. Chosen: about 0.3 ms. */
const FILES_AT_A_TIME = 100;

/** Why processes are not looked for. */
const MISSING = 'which process has a socket open can be seen with CAP_SYS_PTRACE only';

/** When processes are looked through anew. */
export interface SearchOccasion {
  /** Whether there may be other sockets than at the last call. */
  readonly isNew: boolean;
  /** How old the last search may become: a socket can go to another process. */
  readonly maxAgeMs: number;
}

/** A socket that is in several pools, such as an endpoint's and a local address's, is seen in each. */
type SightingsByInode = Map<number, Sighting[]>;

/** Finds the processes that have sockets open, by looking through the files of all processes. */
export class ProcessSearch {
  readonly #procfs: string;
  readonly #files: OpenFiles;
  #problem: string | undefined;
  /** What this search is for. */
  #wanted: ReadonlySet<Sighting> = new Set();
  #steps: Generator<undefined> | undefined;
  #beganMs = Number.NEGATIVE_INFINITY;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string, files = new OpenFiles(procfs)) {
    this.#procfs = procfs;
    this.#files = files;
  }

  /** Why processes are not looked for; empty where they are. Throws `KernelFileError`. */
  get problem(): string {
    this.#problem ??= hasCapability(this.#procfs, CAP_SYS_PTRACE) ? '' : MISSING;
    return this.#problem;
  }

  /** Whether a search waits to be continued. */
  get isSearching(): boolean {
    return this.#steps !== undefined;
  }

  /**
   * Goes on with the search; begins another one where there are sockets that the last one was not for, and where that is
   * too old. `open` gives the sockets that are open. Returns whether it looked at anything. `nowMs` is monotonic. Throws
   * `KernelFileError`.
   */
  search(
    open: () => Iterable<Sighting>,
    { isNew, maxAgeMs }: SearchOccasion,
    isTimeLeft: IsTimeLeft,
    nowMs: number,
  ): boolean {
    const isDue = nowMs - this.#beganMs >= maxAgeMs;
    if (this.#steps === undefined && (isNew || isDue)) {
      this.#steps = this.#begin(new Set(open()), isDue, nowMs);
    }
    if (this.#steps === undefined) return false;
    while (this.#steps !== undefined && isTimeLeft()) {
      if (this.#steps.next().done === true) this.#steps = undefined;
    }
    return true;
  }

  #begin(
    wanted: ReadonlySet<Sighting>,
    isDue: boolean,
    nowMs: number,
  ): Generator<undefined> | undefined {
    let isNew = false;
    for (const sighting of wanted)
      isNew ||= sighting.process === undefined && !this.#wanted.has(sighting);
    if (wanted.size === 0 || !(isDue || isNew)) return undefined;
    if (this.problem !== '') return undefined;
    this.#beganMs = nowMs;
    this.#wanted = wanted;
    return this.#lookThroughAll(byInode(wanted));
  }

  /** Ends when all sockets have been found. The first process, by its pid, that has a socket open is its owner. */
  *#lookThroughAll(left: SightingsByInode): Generator<undefined> {
    let process: OwnerProcess | undefined;
    let files = 0;
    for (const { pid, inode } of this.#files.list()) {
      files += 1;
      if (files % FILES_AT_A_TIME === 0) yield;
      const sightings = takeOut(left, inode);
      if (sightings.length === 0) continue;
      if (process?.pid !== pid) process = this.#processOf(pid);
      if (process !== undefined) for (const sighting of sightings) sighting.process = process;
      if (left.size === 0) return;
    }
  }

  /** Undefined where it has ended. */
  #processOf(pid: number): OwnerProcess | undefined {
    const birth = readBirth(this.#procfs, pid);
    return birth && { pid, command: birth.command };
  }
}

/** Removes those of a socket, of which there may be none, and returns them. */
function takeOut(all: SightingsByInode, inode: number | undefined): readonly Sighting[] {
  if (inode === undefined) return [];
  const found = all.get(inode) ?? [];
  all.delete(inode);
  return found;
}

function byInode(sightings: Iterable<Sighting>): SightingsByInode {
  const all: SightingsByInode = new Map();
  for (const sighting of sightings) {
    const known = all.get(sighting.inode);
    if (known === undefined) all.set(sighting.inode, [sighting]);
    else known.push(sighting);
  }
  return all;
}
