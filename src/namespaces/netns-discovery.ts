import { join } from 'node:path';
import { type NetnsIdentity, readNetInode } from '../kernel/netns/netns.ts';
import type { SetnsEntry } from './setns-entry.ts';
import { listMounts, type NetnsMount } from './mounts.ts';
import type { Naming } from './naming.ts';

/** A namespace that was found, with its identity. */
export interface DiscoveredNetns {
  /** Of its `net/tcp`. */
  readonly inode: number;
  readonly identity: NetnsIdentity;
  /** The file under /run/netns; empty where there is none. */
  readonly mount: string;
  /** Whether it had a process when it was found. */
  readonly hasProcesses: boolean;
}

/** The namespaces that are known already. */
export interface KnownNamespaces {
  readonly identities: readonly NetnsIdentity[];
  /** `inode` is that of `net/tcp`. */
  readonly has: (inode: number) => boolean;
}

/** A namespace with processes that has no identity yet. */
interface Unidentified {
  readonly firstSeenMs: number;
  readonly pids: readonly number[];
}

/** Finds namespaces that are not known: those that have processes, and those that have a name. */
export class NetnsDiscovery {
  /** How many named namespaces cannot be entered and are, by their `nsInode`, none of those known. */
  unreadable = 0;
  readonly #procfs: string;
  readonly #naming: Naming;
  readonly #setnsEntry: SetnsEntry;
  /** By the inode of `net/tcp`. */
  readonly #unidentified = new Map<number, Unidentified>();
  #mounts: readonly NetnsMount[] = [];

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string, naming: Naming, setnsEntry: SetnsEntry) {
    this.#procfs = procfs;
    this.#naming = naming;
    this.#setnsEntry = setnsEntry;
  }

  /**
   * Looks for namespaces that are not known. Returns those without a process; those with processes are
   * returned by `takeIdentified`. `pidsByInode` has the processes of each namespace.
   */
  search(
    pidsByInode: ReadonlyMap<number, readonly number[]>,
    known: KnownNamespaces,
    nowMs: number,
  ): readonly DiscoveredNetns[] {
    for (const inode of this.#unidentified.keys()) {
      if (!pidsByInode.has(inode)) this.#unidentified.delete(inode);
    }
    for (const [inode, pids] of pidsByInode) {
      const firstSeenMs = this.#unidentified.get(inode)?.firstSeenMs ?? nowMs;
      if (!known.has(inode)) this.#unidentified.set(inode, { firstSeenMs, pids });
    }
    this.#mounts = listMounts(this.#procfs);
    return this.#findMountedOnly(pidsByInode, known);
  }

  /** Those with processes whose identity is known by now; each is returned once. */
  takeIdentified(nowMs: number): readonly DiscoveredNetns[] {
    return [...this.#unidentified].flatMap(([inode, found]) => {
      const identified = this.#identify(inode, found, nowMs);
      if (identified !== undefined) this.#unidentified.delete(inode);
      return identified ?? [];
    });
  }

  #identify(
    inode: number,
    { firstSeenMs, pids }: Unidentified,
    nowMs: number,
  ): DiscoveredNetns | undefined {
    const age = { nowMs, ageMs: nowMs - firstSeenMs };
    const present = pids.filter((pid) => this.#inodeOf(pid) === inode);
    if (present.length === 0) return undefined;
    const identity = this.#naming.identifyByProcesses(String(inode), present, this.#mounts, age);
    if (identity === undefined) return undefined;
    const mount = this.#mounts.find(({ nsInode }) => nsInode === identity.nsInode)?.path ?? '';
    return { inode, identity, mount, hasProcesses: true };
  }

  #findMountedOnly(
    pidsByInode: ReadonlyMap<number, unknown>,
    known: KnownNamespaces,
  ): readonly DiscoveredNetns[] {
    this.unreadable = 0;
    return this.#mounts.flatMap((mount) => {
      if (known.identities.some(({ nsInode }) => nsInode === mount.nsInode)) return [];
      const inode = this.#inodeIn(mount);
      if (inode === undefined) this.unreadable += 1;
      if (inode === undefined || pidsByInode.has(inode) || known.has(inode)) return [];
      const identity = this.#naming.identifyMounted(String(inode), mount);
      return [{ inode, identity, mount: mount.path, hasProcesses: false }];
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
