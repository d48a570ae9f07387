import { isProcfs } from '../kernel/proc/procfs.ts';
import type { RemoteEnd } from '../pools/connect.ts';
import { poolId, type PoolUsage } from '../pools/pool.ts';
import { CpuBudget } from '../scan/cpu-budget.ts';
import type { NamespaceReading } from '../scan/namespace-reader.ts';
import type { PartMeter } from '../scan/parts.ts';
import { AskedPools } from './asked-pools.ts';
import { type AskedPool, batchesOf, type DuePool } from './batches.ts';
import { CgroupGroups } from './groups.ts';
import { type OwnersSight, type PoolOwners, UNFINISHED } from './owner.ts';
import { noting, OwnerSearch } from './owner-search.ts';
import { ProcessSearch } from './process-search.ts';
import { questionOf } from './questions.ts';
import { readBatch } from './read-batch.ts';
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
  /** Whose owners are looked for before those of others: what somebody asks about. */
  readonly askedAbout?: RemoteEnd | undefined;
}

/** The share of a core that finding owners may take, and the CPU time that it may save up while there is less to do. */
const CPU_SHARE = 1 / 200;
const MAX_SAVED_MS = 100;
/** What the first poll may take; where it is the only one, a person waits for it. Chosen. */
const FIRST_MS = { daemon: MAX_SAVED_MS, once: 1500 } as const;
/** What the pools may take that somebody asks about, before the others. Chosen: to look through a million files takes longer. */
const ASKED_MS = 5000;

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

const OFF: OwnersSight = { groups: false, processes: false, problem: '', isUnfinished: false };

/** What is found where owners are not looked for. */
export const NO_OWNERS: FoundOwners = { ownersOf: () => undefined, sight: OFF };

/**
 * Finds out who holds the ports of the pools that have series, at risk first, within a share of a core: what does not
 * fit into it waits for the next poll. Where there is only one, it is said, and what somebody asks about comes first.
 */
export class OwnerFinder {
  #find: OwnersOptions['find'];
  readonly #once: boolean;
  readonly #askedAbout: RemoteEnd | undefined;
  readonly #budget: CpuBudget;
  readonly #groups: CgroupGroups;
  readonly #processes: ProcessSearch | undefined;
  readonly #search: OwnerSearch;
  readonly #asked = new AskedPools();

  /** What `sight` was found at last; it is looked at again once a minute. */
  #sight = OFF;
  #sightMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnersOptions) {
    this.#find = options.find;
    this.#once = options.once;
    this.#askedAbout = options.askedAbout;
    const isLive = isProcfs(options.procfs);
    this.#budget = isLive ? budgetOf(options) : UNLIMITED;
    this.#groups = new CgroupGroups(options.cgroupfs, options.podLogs);
    // What a copy of a procfs shows has other processes, and no cgroups.
    this.#processes = isLive ? new ProcessSearch(options.procfs) : undefined;
    this.#search = new OwnerSearch(this.#groups, this.#processes, options.once);
  }

  /** Whether owners are looked for, from the next poll on. */
  replaceOptions({ find }: Pick<OwnersOptions, 'find'>): void {
    this.#find = find;
  }

  /** Never throws `KernelError`: what fails is noted in `parts`. */
  find(context: OwnersContext): FoundOwners {
    const { nowMs, parts, pools } = context;
    if (this.#find === 'off') {
      this.#asked.forgetAllBut(new Set(), nowMs);
      return NO_OWNERS;
    }
    const startMs = performance.now();
    this.#budget.refill(nowMs);
    const { leftMs } = this.#budget;
    const isWithin = (ms: number) => () => performance.now() - startMs < ms;
    this.#asked.forgetAllBut(new Set(pools.map(({ usage }) => poolId(usage))), nowMs);
    noting(parts, () => {
      this.#look(nowMs);
    });
    const due = this.#due(context);
    const asked = due.filter(({ isAskedAbout }) => isAskedAbout);
    const others = due.filter(({ isAskedAbout }) => !isAskedAbout);
    // A search that a daemon goes on with is for all pools, and has its own budget.
    if (asked.length > 0) {
      const known = asked.map((pool) => pool.asked);
      this.#ask(asked, known, context, isWithin(ASKED_MS));
    }
    this.#ask(others, this.#asked.all, context, isWithin(leftMs));
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
        const isUnfinished = this.#once && asked.isUnfinished;
        return { ageSeconds: (nowMs - asked.atMs) / 1000, ...asked.shares, isUnfinished };
      },
      sight: this.#sightNow,
    };
  }

  /** With what this poll alone did not come to. */
  get #sightNow(): OwnersSight {
    if (!this.#once || !this.#asked.isUnfinished) return this.#sight;
    const problem = [this.#sight.problem, UNFINISHED].filter((each) => each !== '').join('; ');
    return { ...this.#sight, problem, isUnfinished: true };
  }

  /** Finds out what can be told here. */
  #look(nowMs: number): void {
    if (this.#processes === undefined || nowMs - this.#sightMs < SIGHT_LIFE_MS) return;
    const [groups, processes] = [this.#groups.problem, this.#processes.problem];
    const problem = groups === '' ? processes : groups;
    this.#sight = { ...OFF, groups: groups === '', processes: processes === '', problem };
    this.#sightMs = nowMs;
  }

  /** Those at risk are asked about, and their owners named, before any other; `known` are those whose search goes on. */
  #ask(
    due: readonly DuePool[],
    known: Iterable<AskedPool>,
    context: OwnersContext,
    isTimeLeft: IsTimeLeft,
  ): void {
    // To read them again at each poll could take all the time that a search needs to come to its end.
    const { isSearchingProcesses } = this.#search;
    for (const atRisk of [true, false]) {
      const pools = due.filter(({ isAtRisk }) => isAtRisk === atRisk);
      const wanted = pools.filter(
        ({ asked }) => !isSearchingProcesses || asked.shares === undefined,
      );
      const read = this.#readPools(wanted, context, isTimeLeft);
      const all = pools.map(({ asked }) => asked);
      if (atRisk) this.#search.nameAtRisk(all, read, context, isTimeLeft);
      else this.#search.nameAll(known, read, context, isTimeLeft);
      const isUnfinished = this.#search.isSearching;
      for (const asked of all) asked.isUnfinished = isUnfinished;
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

  /** The pools whose sockets can be asked for now. */
  #due({ readings, pools }: OwnersContext): readonly DuePool[] {
    const byId = new Map(readings.map((reading) => [reading.namespace.id, reading] as const));
    return pools.flatMap(({ usage, riskLevel }) => {
      const reading = byId.get(usage.namespaceId);
      const question = reading && questionOf(usage, reading);
      if (reading === undefined || question === undefined) return [];
      const asked = this.#asked.of(poolId(usage));
      const importance = { isAtRisk: riskLevel > 0, isAskedAbout: this.#isAskedAbout(usage) };
      return [{ asked, question, reading, ...importance }];
    });
  }

  #isAskedAbout({ remoteAddress, remotePort }: PoolUsage): boolean {
    const remote = this.#askedAbout;
    return remoteAddress === remote?.remoteAddress && remotePort === remote.remotePort;
  }
}

function budgetOf({ once }: OwnersOptions): CpuBudget {
  const firstMs = once ? FIRST_MS.once : FIRST_MS.daemon;
  return new CpuBudget(CPU_SHARE, { mostMs: MAX_SAVED_MS, firstMs });
}

/** For a copy of a procfs: to read it costs the host nothing. */
const UNLIMITED = new CpuBudget(1, { mostMs: Infinity, firstMs: Infinity });
