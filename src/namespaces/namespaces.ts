import { uptime } from 'node:os';
import { join } from 'node:path';
import { HOST, type NetnsIdentity, readNetInode } from '../kernel/netns.ts';
import { Entrance } from './entrance.ts';
import { listMounts, type NetnsMount } from './mounts.ts';
import { type Namespace, OtherNamespace, OwnNamespace, type Ways } from './namespace.ts';
import { Naming } from './naming.ts';
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

/** What is known of a namespace that is not read yet. */
interface Candidate {
  readonly seenMs: number;
  readonly pids: readonly number[];
}

/** The network namespaces of this host: those that processes are in, and those with a name. */
export class Namespaces {
  readonly #procfs: string;
  readonly #naming: Naming;
  readonly #entrance: Entrance;
  readonly #processes: Processes;
  readonly #own: OwnNamespace;
  readonly #ownInode: number;
  readonly #hostInode: number;
  readonly #host: Namespace;
  #options: NamespacesOptions;
  /** By the inode of `net/tcp`. */
  readonly #others = new Map<number, Namespace>();
  /** Those that had no process when they were found. A pod's is made before its first process. */
  readonly #nameless = new Set<number>();
  readonly #candidates = new Map<number, Candidate>();
  #mounts: readonly NetnsMount[] = [];
  /** Mounts that cannot be entered and that are none of the namespaces known. */
  #unreadable = 0;
  #lastId = 0;
  #nowTicks = 0;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string, options: NamespacesOptions) {
    this.#procfs = procfs;
    this.#options = options;
    this.#naming = new Naming(procfs, options.podLogs, options.once === true);
    this.#entrance = new Entrance(procfs);
    this.#processes = new Processes(procfs);
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
  get principal(): Namespace {
    return this.#discovers ? this.#host : this.#own;
  }

  /**
   * Namespaces, at least, that have a name and cannot be read. Those that are known without their number,
   * because their processes hide it, may be among them.
   */
  get denied(): number {
    const nameless = this.#identities.filter(({ nsInode }) => nsInode === '').length;
    return Math.max(0, this.#unreadable - nameless);
  }

  /** Why pods cannot be named; empty where they can. */
  get namingProblem(): string {
    return this.#naming.problem;
  }

  /** Why namespaces could not be entered since the last `look()`; empty where all could. */
  get entranceProblem(): string {
    return this.#entrance.problem;
  }

  /**
   * Looks for namespaces that have come, where it is time to; the next chance is `intervalMs` later.
   * Returns all that count but the principal one.
   */
  look(nowMs: number, intervalMs: number): readonly Namespace[] {
    this.#entrance.begin();
    this.#nowTicks = Math.floor(uptime() * USER_HZ);
    if (!this.#discovers) return [];
    if (this.#processes.look(nowMs, intervalMs)) this.#findCandidates(nowMs);
    for (const [inode, candidate] of this.#candidates) this.#admit(inode, candidate, nowMs);
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
    return new OtherNamespace(this.#nextId(), identity, this.#hostInode, this.#ways([1]));
  }

  #ways(pids?: readonly number[], inode = 0, mount = ''): Ways {
    return {
      procfs: this.#procfs,
      entrance: this.#entrance,
      processes: () => pids ?? this.#processes.of(inode),
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
    this.#nameless.delete(inode);
  }

  #isTaken(inode: number): boolean {
    return inode === this.#ownInode || inode === this.#hostInode || this.#others.has(inode);
  }

  #findCandidates(nowMs: number): void {
    this.#forgetUncounted();
    const groups = this.#processes.byInode();
    for (const inode of this.#candidates.keys()) {
      if (!groups.has(inode)) this.#candidates.delete(inode);
    }
    for (const [inode, pids] of groups) {
      if (this.#nameless.has(inode) && this.#naming.isOfPod(pids)) this.#drop(inode);
      const seenMs = this.#candidates.get(inode)?.seenMs ?? nowMs;
      if (!this.#isTaken(inode)) this.#candidates.set(inode, { seenMs, pids });
    }
    this.#mounts = listMounts(this.#procfs);
    this.#findMounted(groups);
  }

  /** Nobody reads those that do not count, so nobody would notice that another life has their number. */
  #forgetUncounted(): void {
    for (const [inode, other] of this.#others) {
      if (!this.#counts(other.identity) && !isThere(other)) this.#drop(inode);
    }
  }

  /** Namespaces with a name and no process. */
  #findMounted(groups: ReadonlyMap<number, unknown>): void {
    const known = this.#identities;
    let unreadable = 0;
    for (const mount of this.#mounts) {
      if (known.some(({ nsInode }) => nsInode === mount.nsInode)) continue;
      const inode = this.#inodeIn(mount);
      if (inode === undefined) unreadable += 1;
      else if (!groups.has(inode) && !this.#isTaken(inode)) this.#admitMounted(inode, mount);
    }
    this.#unreadable = unreadable;
  }

  /** Undefined where it cannot be entered. */
  #inodeIn({ path }: NetnsMount): number | undefined {
    const net = join(this.#procfs, 'thread-self/net');
    return this.#entrance.within(path, () => readNetInode(net))?.result;
  }

  #inodeOf(pid: number): number {
    return readNetInode(join(this.#procfs, String(pid), 'net'));
  }

  #admitMounted(inode: number, mount: NetnsMount): void {
    this.#nameless.add(inode);
    this.#add(inode, this.#naming.mounted(String(inode), mount), mount.path);
  }

  #admit(inode: number, { seenMs, pids }: Candidate, nowMs: number): void {
    const age = { nowMs, ageMs: nowMs - seenMs };
    const present = pids.filter((pid) => this.#inodeOf(pid) === inode);
    if (present.length === 0) return;
    const identity = this.#naming.ofProcesses(String(inode), present, this.#mounts, age);
    if (identity === undefined) return;
    this.#candidates.delete(inode);
    const mount = this.#mounts.find(({ nsInode }) => nsInode === identity.nsInode)?.path ?? '';
    this.#add(inode, identity, mount);
  }

  /** One that does not count is visited once, so that it knows itself again. */
  #add(inode: number, identity: NetnsIdentity, mount: string): void {
    const ways = this.#ways(undefined, inode, mount);
    const namespace = new OtherNamespace(this.#nextId(), identity, inode, ways);
    if (this.#counts(identity) || isThere(namespace)) this.#others.set(inode, namespace);
  }
}

function isThere(namespace: Namespace): boolean {
  return namespace.visit(() => true) === true;
}
