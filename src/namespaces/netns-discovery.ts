import { join } from 'node:path';
import { type NetnsIdentity, readNetInode } from '../kernel/netns/netns.ts';
import type { SetnsEntry } from './setns-entry.ts';
import { listMounts, type NetnsMount } from './mounts.ts';
import type { Naming } from './naming.ts';

/** A namespace that was found, and whose it is. */
export interface DiscoveredNetns {
  /** Of its `net/tcp`. */
  readonly inode: number;
  readonly identity: NetnsIdentity;
  /** The file under /run/netns; empty where there is none. */
  readonly mount: string;
  /** Whether it had a process when it was found. */
  readonly inhabited: boolean;
}

/** What is known already. */
export interface Known {
  readonly identities: readonly NetnsIdentity[];
  readonly has: (inode: number) => boolean;
}

/** A namespace that processes are in, and that is not named yet. */
interface Candidate {
  readonly seenMs: number;
  readonly pids: readonly number[];
}

/** Finds namespaces that are not known: those that processes are in, and those with a name. */
export class NetnsDiscovery {
  /** Namespaces with a name that cannot be entered, and that are none of those known. */
  unreadable = 0;
  readonly #procfs: string;
  readonly #naming: Naming;
  readonly #setnsEntry: SetnsEntry;
  readonly #candidates = new Map<number, Candidate>();
  #mounts: readonly NetnsMount[] = [];

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string, naming: Naming, setnsEntry: SetnsEntry) {
    this.#procfs = procfs;
    this.#naming = naming;
    this.#setnsEntry = setnsEntry;
  }

  /** Looks for them; `groups` are the processes of each namespace. Returns those without a process. */
  search(
    groups: ReadonlyMap<number, readonly number[]>,
    known: Known,
    nowMs: number,
  ): readonly DiscoveredNetns[] {
    for (const inode of this.#candidates.keys()) {
      if (!groups.has(inode)) this.#candidates.delete(inode);
    }
    for (const [inode, pids] of groups) {
      const seenMs = this.#candidates.get(inode)?.seenMs ?? nowMs;
      if (!known.has(inode)) this.#candidates.set(inode, { seenMs, pids });
    }
    this.#mounts = listMounts(this.#procfs);
    return this.#findUninhabited(groups, known);
  }

  /** Those with processes whose names are known by now. */
  takeNamed(nowMs: number): readonly DiscoveredNetns[] {
    return [...this.#candidates].flatMap(([inode, candidate]) => {
      const named = this.#name(inode, candidate, nowMs);
      if (named !== undefined) this.#candidates.delete(inode);
      return named ?? [];
    });
  }

  #name(inode: number, { seenMs, pids }: Candidate, nowMs: number): DiscoveredNetns | undefined {
    const age = { nowMs, ageMs: nowMs - seenMs };
    const present = pids.filter((pid) => this.#inodeOf(pid) === inode);
    if (present.length === 0) return undefined;
    const identity = this.#naming.ofProcesses(String(inode), present, this.#mounts, age);
    if (identity === undefined) return undefined;
    const mount = this.#mounts.find(({ nsInode }) => nsInode === identity.nsInode)?.path ?? '';
    return { inode, identity, mount, inhabited: true };
  }

  #findUninhabited(groups: ReadonlyMap<number, unknown>, known: Known): readonly DiscoveredNetns[] {
    this.unreadable = 0;
    return this.#mounts.flatMap((mount) => {
      if (known.identities.some(({ nsInode }) => nsInode === mount.nsInode)) return [];
      const inode = this.#inodeIn(mount);
      if (inode === undefined) this.unreadable += 1;
      if (inode === undefined || groups.has(inode) || known.has(inode)) return [];
      const identity = this.#naming.mounted(String(inode), mount);
      return [{ inode, identity, mount: mount.path, inhabited: false }];
    });
  }

  /** Undefined where it cannot be entered. */
  #inodeIn({ path }: NetnsMount): number | undefined {
    const net = join(this.#procfs, 'thread-self/net');
    return this.#setnsEntry.within(path, () => readNetInode(net))?.result;
  }

  #inodeOf(pid: number): number {
    return readNetInode(join(this.#procfs, String(pid), 'net'));
  }
}
