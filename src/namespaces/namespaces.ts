import { uptime } from 'node:os';
import { join } from 'node:path';
import { HOST, type NetnsIdentity, readNetInode } from '../kernel/netns/netns.ts';
import { SetnsEntry } from './setns-entry.ts';
import { type Namespace, OtherNamespace, OwnNamespace, type NetnsAccess } from './namespace.ts';
import { Naming } from './naming.ts';
import { type DiscoveredNetns, NetnsDiscovery } from './netns-discovery.ts';
import { Processes } from './processes.ts';

/** Which namespaces are looked for, and which of them count; `namespaces` in the configuration. */
export interface NamespacesOptions {
  readonly discover: 'auto' | 'off';
  /** Pod namespaces; empty: all, and what is no pod too. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The kubelet's log folder, which names pods. */
  readonly podLogs: string;
  /** There will be no second look. */
  readonly once?: boolean;
}

/** Ticks of `starttime` in /proc/PID/stat in a second, everywhere. */
const USER_HZ = 100;

/** The network namespaces of this host: those that processes are in, and those with a name. */
export class Namespaces {
  readonly #procfs: string;
  readonly #naming: Naming;
  readonly #setnsEntry: SetnsEntry;
  readonly #processes: Processes;
  readonly #discovery: NetnsDiscovery;
  readonly #own: OwnNamespace;
  readonly #ownInode: number;
  readonly #hostInode: number;
  readonly #host: Namespace;
  #options: NamespacesOptions;
  /** By the inode of `net/tcp`. */
  readonly #others = new Map<number, Namespace>();
  /** Those that had no process when they were found. A pod's is made before its first process. */
  readonly #uninhabited = new Set<number>();
  #lastId = 0;
  #nowTicks = 0;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string, options: NamespacesOptions) {
    this.#procfs = procfs;
    this.#options = options;
    this.#naming = new Naming(procfs, options.podLogs, options.once === true);
    this.#setnsEntry = new SetnsEntry(procfs);
    this.#processes = new Processes(procfs);
    this.#discovery = new NetnsDiscovery(procfs, this.#naming, this.#setnsEntry);
    this.#ownInode = readNetInode(join(procfs, 'self/net'));
    this.#hostInode = readNetInode(join(procfs, '1/net'));
    this.#own = new OwnNamespace(this.#nextId(), this.#ownIdentity(), procfs);
    this.#host = this.#isOwnHost ? this.#own : this.#openHost();
  }

  /** Puts other options in force. */
  replaceOptions(options: NamespacesOptions): void {
    this.#options = options;
  }

  /** The host's; the exporter's own where that is out of sight, or the only one wanted. */
  get host(): Namespace {
    return this.#discovers ? this.#host : this.#own;
  }

  /**
   * Namespaces, at least, that have a name and cannot be read. Those that are known without their number,
   * because their processes hide it, may be among them.
   */
  get denied(): number {
    const nameless = this.#identities.filter(({ nsInode }) => nsInode === '').length;
    return Math.max(0, this.#discovery.unreadable - nameless);
  }

  /** Why pods cannot be named; empty where they can. */
  get namingProblem(): string {
    return this.#naming.problem;
  }

  /** Why namespaces could not be entered since the last `look()`; empty where all could. */
  get setnsProblem(): string {
    return this.#setnsEntry.problem;
  }

  /**
   * Looks for namespaces that have come, where it is time to; the next chance is `intervalMs` later.
   * Returns all that count but the host.
   */
  look(nowMs: number, intervalMs: number): readonly Namespace[] {
    this.#setnsEntry.begin();
    this.#nowTicks = Math.floor(uptime() * USER_HZ);
    if (!this.#discovers) return [];
    if (this.#processes.look(nowMs, intervalMs)) this.#search(nowMs);
    for (const found of this.#discovery.takeNamed(nowMs)) this.#admit(found);
    const own = this.#isOwnHost ? [] : [this.#own];
    return [...own, ...this.#others.values()].filter(({ identity }) => this.#counts(identity));
  }

  /** One that has gone. Another with its number is found as any other. */
  forget(namespace: Namespace): void {
    for (const [inode, other] of this.#others) if (other === namespace) this.#drop(inode);
  }

  get #identities(): readonly NetnsIdentity[] {
    return [this.#own, this.#host, ...this.#others.values()].map((each) => each.identity);
  }

  get #discovers(): boolean {
    return this.#options.discover === 'auto';
  }

  get #isOwnHost(): boolean {
    return this.#hostInode === 0 || this.#hostInode === this.#ownInode;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #ownIdentity(): NetnsIdentity {
    return this.#isOwnHost ? this.#naming.own(HOST) : this.#naming.ownBeside(this.#ownInode);
  }

  #openHost(): Namespace {
    const identity = this.#naming.host(HOST);
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

  #counts({ podNamespace }: NetnsIdentity): boolean {
    const { include, exclude } = this.#options;
    if (exclude.includes(podNamespace)) return false;
    return include.length === 0 || include.includes(podNamespace);
  }

  #drop(inode: number): void {
    this.#others.delete(inode);
    this.#uninhabited.delete(inode);
  }

  #isTaken(inode: number): boolean {
    return inode === this.#ownInode || inode === this.#hostInode || this.#others.has(inode);
  }

  #search(nowMs: number): void {
    this.#forgetUncounted();
    const groups = this.#processes.byInode;
    for (const inode of this.#uninhabited) {
      if (this.#naming.isOfPod(groups.get(inode) ?? [])) this.#drop(inode);
    }
    const known = {
      identities: this.#identities,
      has: (inode: number): boolean => this.#isTaken(inode),
    };
    for (const found of this.#discovery.search(groups, known, nowMs)) this.#admit(found);
  }

  /** Nobody reads those that do not count, so nobody would notice that another life has their number. */
  #forgetUncounted(): void {
    for (const [inode, other] of this.#others) {
      if (!this.#counts(other.identity) && !isThere(other)) this.#drop(inode);
    }
  }

  /** One that does not count is visited once, so that it knows itself again. */
  #admit({ inode, identity, mount, inhabited }: DiscoveredNetns): void {
    const access = this.#access(undefined, inode, mount);
    const namespace = new OtherNamespace(this.#nextId(), identity, inode, access);
    if (!this.#counts(identity) && !isThere(namespace)) return;
    this.#others.set(inode, namespace);
    if (!inhabited) this.#uninhabited.add(inode);
  }
}

function isThere(namespace: Namespace): boolean {
  return namespace.visit(() => true) === true;
}
