import { KernelError } from '../kernel/kernel-error.ts';
import { isProcfs } from '../kernel/proc/procfs.ts';
import { poolId, type PoolUsage } from '../pools/pool.ts';
import { CpuBudget } from '../scan/cpu-budget.ts';
import type { NamespaceReading } from '../scan/namespace-reader.ts';
import type { PartMeter } from '../scan/parts.ts';
import { type AskedPool, batchesOf, type DuePool } from './batches.ts';
import { CgroupGroups } from './groups.ts';
import { KeptPorts } from './kept-ports.ts';
import type { OwnersSight, PoolOwners } from './owner.ts';
import { ProcessSearch } from './process-search.ts';
import { questionOf } from './questions.ts';
import { nameGroups, openOf, readBatch } from './read-batch.ts';
import { sharesOf } from './shares.ts';
import { Sightings } from './sightings.ts';
import type { IsTimeLeft } from './time-left.ts';

/** Whether owners are looked for, and where. */
export interface OwnersOptions {
  readonly find: 'auto' | 'off';
  /** Where procfs is mounted. */
  readonly procfs: string;
  /** Where the host's cgroup tree is mounted. */
  readonly cgroupfs: string;
  /** The kubelet's log folder, which names pods. */
  readonly podLogs: string;
  /** Whether there is only one poll. */
  readonly once: boolean;
}

/** The share of a core that finding owners may take, and the CPU time that it may save up while there is less to do. */
const CPU_SHARE = 1 / 200;
const MAX_SAVED_MS = 100;
/** What the first poll may take; where it is the only one, a person waits for it. Chosen. */
const FIRST_MS = { daemon: MAX_SAVED_MS, once: 500 } as const;

/**
 * Ports of all pools together of which an owner is remembered: four times the range that Linux has by default. Each
 * takes about 100 bytes. Chosen.
 */
const MAX_KEPT_PORTS = 131_072;

/** After this time an answer that could not be had anew is dropped. Chosen, not measured. */
const ANSWER_LIFE_MS = 600_000;

/** How long it is believed what can be told here: a tree can be mounted. Chosen. */
const SIGHT_LIFE_MS = 60_000;

/** What is asked at one poll. */
export interface OwnersContext {
  /** The namespaces that were read at this poll. */
  readonly readings: readonly NamespaceReading[];
  /** The pools that have series. */
  readonly pools: readonly { readonly usage: PoolUsage; readonly riskLevel: number }[];
  /** Monotonic. */
  readonly nowMs: number;
  readonly parts: PartMeter;
}

/** What a poll knows about owners. */
export interface FoundOwners {
  /** Undefined where nothing is known. */
  readonly ownersOf: (pool: PoolUsage) => PoolOwners | undefined;
  readonly sight: OwnersSight;
}

const OFF: OwnersSight = { groups: false, processes: false, problem: '' };

/** What is found where owners are not looked for. */
export const NO_OWNERS: FoundOwners = { ownersOf: () => undefined, sight: OFF };

/**
 * Finds out who holds the ports of the pools that have series, at risk first, within a share of a core: what does not
 * fit into it waits for the next poll.
 */
export class OwnerFinder {
  #find: OwnersOptions['find'];
  readonly #budget: CpuBudget;
  readonly #groups: CgroupGroups;
  readonly #processes: ProcessSearch | undefined;
  readonly #kept = new KeptPorts(MAX_KEPT_PORTS);
  /** By `poolId`. */
  readonly #asked = new Map<string, AskedPool>();

  /** What `sight` was found at last; it is looked at again once a minute. */
  #sight = OFF;
  #sightMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnersOptions) {
    this.#find = options.find;
    const isLive = isProcfs(options.procfs);
    this.#budget = isLive ? budgetOf(options) : UNLIMITED;
    this.#groups = new CgroupGroups(options.cgroupfs, options.podLogs);
    // What a copy of a procfs shows has other processes, and no cgroups.
    this.#processes = isLive ? new ProcessSearch(options.procfs) : undefined;
  }

  /** Whether owners are looked for, from the next poll on. */
  replaceOptions({ find }: Pick<OwnersOptions, 'find'>): void {
    this.#find = find;
  }

  /** Never throws `KernelError`: what fails is noted in `parts`. */
  find(context: OwnersContext): FoundOwners {
    const { nowMs, parts, pools } = context;
    if (this.#find === 'off') {
      this.#forgetAllBut(new Set(), nowMs);
      return NO_OWNERS;
    }
    const startMs = performance.now();
    this.#budget.refill(nowMs);
    const { leftMs } = this.#budget;
    const isTimeLeft = (): boolean => performance.now() - startMs < leftMs;
    this.#forgetAllBut(new Set(pools.map(({ usage }) => poolId(usage))), nowMs);
    noting(parts, () => {
      this.#look(nowMs);
    });
    this.#ask(context, isTimeLeft);
    const elapsedMs = performance.now() - startMs;
    this.#budget.spend(elapsedMs);
    parts.spend('owners', elapsedMs);
    return this.#found(nowMs);
  }

  #found(nowMs: number): FoundOwners {
    return {
      ownersOf: (pool) => {
        const asked = this.#asked.get(poolId(pool));
        if (asked?.shares === undefined) return undefined;
        return { ageSeconds: (nowMs - asked.atMs) / 1000, ...asked.shares };
      },
      sight: this.#sight,
    };
  }

  /** Finds out what can be told here. */
  #look(nowMs: number): void {
    if (this.#processes === undefined || nowMs - this.#sightMs < SIGHT_LIFE_MS) return;
    const [groups, processes] = [this.#groups.problem, this.#processes.problem];
    const problem = groups === '' ? processes : groups;
    this.#sight = { groups: groups === '', processes: processes === '', problem };
    this.#sightMs = nowMs;
  }

  #forgetAllBut(ids: ReadonlySet<string>, nowMs: number): void {
    for (const [id, { sightings, atMs, shares }] of this.#asked) {
      const isOld = shares !== undefined && nowMs - atMs > ANSWER_LIFE_MS;
      if (ids.has(id) && !isOld) continue;
      sightings.close();
      this.#asked.delete(id);
    }
  }

  /** Those at risk are asked about, and their owners named, before any other. */
  #ask(context: OwnersContext, isTimeLeft: IsTimeLeft): void {
    const due = this.#due(context);
    const isSearching = this.#processes?.isSearching === true;
    for (const atRisk of [true, false]) {
      const pools = due.filter(({ isAtRisk }) => isAtRisk === atRisk);
      // To read them again at each poll could take all the time that a search needs to come to its end.
      const wanted = pools.filter(({ asked }) => !isSearching || asked.shares === undefined);
      const read = this.#readPools(wanted, context, isTimeLeft);
      const all = pools.map(({ asked }) => asked);
      this.#nameOwners(atRisk ? all : this.#asked.values(), read, context, isTimeLeft);
    }
  }

  /** Reads the sockets of the pools that it is time for; returns these. */
  #readPools(
    pools: readonly DuePool[],
    { nowMs, parts }: OwnersContext,
    isTimeLeft: IsTimeLeft,
  ): ReadonlySet<AskedPool> {
    const read = new Set<AskedPool>();
    for (const batch of batchesOf(pools, nowMs)) {
      if (!isTimeLeft()) break;
      noting(parts, () => {
        if (readBatch(batch, nowMs)) for (const { asked } of batch) read.add(asked);
      });
    }
    return read;
  }

  /** Goes on looking for what the sockets of `pools` belong to; `read` are those of them that were read now. */
  #nameOwners(
    pools: Iterable<AskedPool>,
    read: ReadonlySet<AskedPool>,
    { nowMs, parts }: OwnersContext,
    isTimeLeft: IsTimeLeft,
  ): void {
    const all = [...pools];
    nameGroups(read, this.#groups, nowMs);
    const searches = [
      () => this.#groups.search(isTimeLeft, nowMs),
      () => this.#processes?.search(() => openOf(all), read.size > 0, isTimeLeft, nowMs),
    ];
    const isFound = searches.map((search) => noting(parts, search)).includes(true);
    const changed = isFound ? all : read;
    nameGroups(changed, this.#groups, nowMs);
    for (const asked of changed) asked.shares = sharesOf(asked.sightings);
  }

  /** The pools whose sockets can be asked for now. */
  #due({ readings, pools }: OwnersContext): readonly DuePool[] {
    const byId = new Map(readings.map((reading) => [reading.namespace.id, reading] as const));
    return pools.flatMap(({ usage, riskLevel }) => {
      const reading = byId.get(usage.namespaceId);
      const question = reading && questionOf(usage, reading);
      if (reading === undefined || question === undefined) return [];
      const asked = this.#askedOf(poolId(usage));
      return [{ asked, question, reading, isAtRisk: riskLevel > 0 }];
    });
  }

  #askedOf(id: string): AskedPool {
    const known = this.#asked.get(id);
    if (known !== undefined) return known;
    const sightings = new Sightings(this.#kept);
    const never = Number.NEGATIVE_INFINITY;
    const asked = { sightings, atMs: never, triedMs: never, shares: undefined };
    this.#asked.set(id, asked);
    return asked;
  }
}

function budgetOf({ once }: OwnersOptions): CpuBudget {
  const firstMs = once ? FIRST_MS.once : FIRST_MS.daemon;
  return new CpuBudget(CPU_SHARE, { mostMs: MAX_SAVED_MS, firstMs });
}

/** For a copy of a procfs: to read it costs the host nothing. */
const UNLIMITED = new CpuBudget(1, { mostMs: Infinity, firstMs: Infinity });

/** What `read` returns; undefined where it fails, which is noted. */
function noting<T>(parts: PartMeter, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    parts.fail('owners', error.message);
    parts.settle();
    return undefined;
  }
}
