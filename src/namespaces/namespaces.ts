import { lstatSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { KernelError } from '../kernel/kernel-error.ts';
import { HOST, type NetnsIdentity, readNetInode } from '../kernel/netns/netns.ts';
import { SetnsEntry } from './setns-entry.ts';
import { listMounts } from './mounts.ts';
import { type Namespace, OtherNamespace, OwnNamespace, type NetnsAccess } from './namespace.ts';
import { Naming } from './naming.ts';
import { type DiscoveredNetns, NetnsDiscovery } from './netns-discovery.ts';
import { Processes } from './processes.ts';
import { WatchList } from './watch-list.ts';

/** Which namespaces are looked for, and which of them are read; `namespaces` in the configuration. */
export interface NamespacesOptions {
  readonly discover: 'auto' | 'off';
  /** Pod namespaces that are read; empty: all, and what is no pod too. */
  readonly include: readonly string[];
  /** Pod namespaces that are not read. */
  readonly exclude: readonly string[];
  /** How many are read at most, the host's among them. */
  readonly limit: number;
  /** The kubelet's log folder, which names pods. */
  readonly podLogs: string;
  /** Whether there is only one poll. */
  readonly once?: boolean;
}

/** Ticks of `starttime` in /proc/PID/stat per second, on every machine (`USER_HZ` in include/asm-generic/param.h). */
const USER_HZ = 100;

/** The network namespaces of this host: those that have processes, and those that have a name. */
export class Namespaces {
  readonly #procfs: string;
  /** Whether `procfs` is a copy: files in it that were one have inodes of their own, and tell no namespaces apart. */
  readonly #isCopy: boolean;
  readonly #naming: Naming;
  readonly #setnsEntry: SetnsEntry;
  readonly #processes: Processes;
  readonly #discovery: NetnsDiscovery;
  readonly #own: OwnNamespace;
  readonly #ownInode: number;
  readonly #hostInode: number;
  readonly #host: Namespace;
  #options: NamespacesOptions;
  /** All but the host's and the exporter's own, by the inode of `net/tcp`. */
  readonly #others = new Map<number, Namespace>();
  /**
   * Those that had no process when they were found. A container runtime makes a pod's namespace before its
   * first process, and only a process tells that it is a pod's.
   */
  readonly #withoutProcesses = new Set<number>();
  readonly #watchList = new WatchList();
  #lastId = 0;
  #nowTicks = 0;
  #isSearchDue = false;
  #searchProblem = '';
  #namingMs = 0;

  /** `procfs` is where procfs is mounted. Throws `KernelFileError` where memory is short. */
  constructor(procfs: string, options: NamespacesOptions) {
    this.#procfs = procfs;
    this.#isCopy = lstatSync(join(procfs, 'self'), { throwIfNoEntry: false }) === undefined;
    this.#options = options;
    this.#naming = new Naming(procfs, options.podLogs, options.once === true);
    this.#setnsEntry = new SetnsEntry(procfs);
    this.#processes = new Processes(procfs);
    this.#discovery = new NetnsDiscovery(procfs, this.#naming, this.#setnsEntry);
    this.#ownInode = readNetInode(join(procfs, 'self/net'));
    this.#hostInode = readNetInode(join(procfs, '1/net'));
    this.#own = this.#openOwn();
    this.#host = this.#isOwnHost ? this.#own : this.#openHost();
  }

  /** Puts other options in force. */
  replaceOptions(options: NamespacesOptions): void {
    this.#options = options;
  }

  /** To be called by whoever needs it no more while the process lives on. */
  close(): void {
    this.#setnsEntry.close();
  }

  /** PID 1's; the exporter's own where that cannot be seen, or where no other is looked for. */
  get host(): Namespace {
    return this.#discovers ? this.#host : this.#own;
  }

  /**
   * At least how many namespaces have a name and cannot be read. A known namespace whose processes hide its
   * `nsInode` may be one of them.
   */
  get denied(): number {
    const hidden = this.#identities.filter(({ nsInode }) => nsInode === '').length;
    return Math.max(0, this.#discovery.unreadable - hidden);
  }

  /** How many namespaces `look()` left out because of `limit`. */
  get unwatched(): number {
    return this.#discovers ? this.#watchList.waiting : 0;
  }

  /** Why pods cannot be named; empty where they can. */
  get namingProblem(): string {
    return this.#naming.problem;
  }

  /** Milliseconds that naming took in the last `look()`. */
  get namingMs(): number {
    return this.#namingMs;
  }

  /** Why namespaces could not be entered since the last `look()`; empty where all could. */
  get setnsProblem(): string {
    return this.#setnsEntry.problem;
  }

  /** Why the last search for new namespaces did not end, for lack of descriptors or memory; empty where it did. */
  get searchProblem(): string {
    return this.#searchProblem;
  }

  /**
   * Begins a poll: looks for new namespaces where it is time to. `nowMs` is monotonic, and the next call comes
   * `intervalMs` later. Returns the namespaces to be read, without the host's.
   */
  look(nowMs: number, intervalMs: number): readonly Namespace[] {
    this.#setnsEntry.begin();
    this.#nowTicks = Math.floor(uptime() * USER_HZ);
    this.#namingMs = 0;
    if (!this.#discovers) return [];
    if (this.#processes.look(nowMs, intervalMs)) this.#isSearchDue = true;
    this.#discover(nowMs);
    this.#namingMs = this.#naming.takeSpentMs();
    const own = this.#isOwnHost ? [] : [this.#own];
    const all = [...own, ...this.#others.values()];
    const selected = all.filter(({ identity }) => this.#isSelected(identity));
    return this.#watchList.choose(selected, this.#options.limit - 1);
  }

  /** Forgets a namespace that no longer exists. Its inode may be found again, in another one. */
  forget(namespace: Namespace): void {
    for (const [inode, other] of this.#others) if (other === namespace) this.#delete(inode);
  }

  get #identities(): readonly NetnsIdentity[] {
    return [this.#own, this.#host, ...this.#others.values()].map((each) => each.identity);
  }

  get #discovers(): boolean {
    return this.#options.discover === 'auto' && !this.#isCopy;
  }

  get #isOwnHost(): boolean {
    return this.#isCopy || this.#hostInode === 0 || this.#hostInode === this.#ownInode;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #openOwn(): OwnNamespace {
    const mounts = this.#isOwnHost ? [] : listMounts(this.#procfs);
    const identity = this.#isOwnHost
      ? this.#naming.identifyOwn(HOST)
      : this.#naming.identifyOwnBesideHost(this.#ownInode, mounts);
    const mount = mounts.find(({ nsInode }) => nsInode === identity.nsInode)?.path;
    return new OwnNamespace(this.#nextId(), identity, this.#procfs, mount);
  }

  #openHost(): Namespace {
    const identity = this.#naming.identifyHost(HOST);
    return new OtherNamespace(this.#nextId(), identity, this.#hostInode, this.#access([1]));
  }

  #access(pids?: readonly number[], inode = 0, mount = ''): NetnsAccess {
    return {
      procfs: this.#procfs,
      setnsEntry: this.#setnsEntry,
      processes: () => pids ?? this.#processes.byInode.get(inode) ?? [],
      nowTicks: () => this.#nowTicks,
      mount,
    };
  }

  /** Whether it is to be read, by `include` and `exclude`. */
  #isSelected({ podNamespace }: NetnsIdentity): boolean {
    const { include, exclude } = this.#options;
    if (exclude.includes(podNamespace)) return false;
    return include.length === 0 || include.includes(podNamespace);
  }

  #delete(inode: number): void {
    this.#others.delete(inode);
    this.#withoutProcesses.delete(inode);
  }

  #isKnown(inode: number): boolean {
    return inode === this.#ownInode || inode === this.#hostInode || this.#others.has(inode);
  }

  /** Where descriptors or memory are short, it is tried again at the next poll, and no name is fixed by half. */
  #discover(nowMs: number): void {
    this.#searchProblem = '';
    try {
      if (this.#isSearchDue) this.#search(nowMs);
      this.#isSearchDue = false;
      for (const found of this.#discovery.takeIdentified(nowMs)) this.#add(found);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#searchProblem = error.message;
    }
  }

  #search(nowMs: number): void {
    this.#deleteEndedUnread();
    const pidsByInode = this.#processes.byInode;
    for (const inode of this.#withoutProcesses) {
      if (this.#naming.isPod(pidsByInode.get(inode) ?? [])) this.#delete(inode);
    }
    const known = {
      identities: this.#identities,
      has: (inode: number): boolean => this.#isKnown(inode),
    };
    for (const found of this.#discovery.search(pidsByInode, known, nowMs)) this.#add(found);
  }

  /** No poll reads those that are not selected or not watched, so it must be checked here that they still exist. */
  #deleteEndedUnread(): void {
    for (const [inode, other] of this.#others) {
      if (!this.#watchList.has(other) && !exists(other)) this.#delete(inode);
    }
  }

  /** One that is not going to be read is visited once, so that it is recognized at the next visit. */
  #add({ inode, identity, mount, hasProcesses }: DiscoveredNetns): void {
    const access = this.#access(undefined, inode, mount);
    const namespace = new OtherNamespace(this.#nextId(), identity, inode, access);
    const isToBeRead = this.#isSelected(identity) && this.#others.size < this.#options.limit - 1;
    if (!isToBeRead && !exists(namespace)) return;
    this.#others.set(inode, namespace);
    if (!hasProcesses) this.#withoutProcesses.add(inode);
  }
}

function exists(namespace: Namespace): boolean {
  return namespace.visit(() => true) === true;
}
