import { KernelError } from '../kernel/kernel-error.ts';
import type { PartMeter } from '../scan/parts.ts';
import type { AskedPool } from './batches.ts';
import type { CgroupGroups } from './groups.ts';
import type { ProcessSearch } from './process-search.ts';
import { nameGroups, openOf } from './read-batch.ts';
import { sharesOf } from './shares.ts';
import type { IsTimeLeft } from './time-left.ts';

/**
 * How often pools that are not at risk are told what was found while the search goes on. To go through all their sockets
 * takes as long as the search may take at a poll. Chosen.
 */
const TELLING_INTERVAL_MS = 10_000;

/**
 * After how long processes are looked through anew, though no socket is new. Chosen: with 100,000 open files a search takes
 * 0.3 s of CPU time, every five minutes a thousandth of a core.
 */
const MAX_AGE_MS = { atRisk: 60_000, atRest: 300_000 };

export interface SearchContext {
  readonly nowMs: number;
  readonly parts: PartMeter;
}

interface Searched {
  readonly pools: readonly AskedPool[];
  /** Those whose sockets were read now. */
  readonly read: ReadonlySet<AskedPool>;
  readonly maxAgeMs: number;
}

/** Finds the cgroups and processes that sockets belong to, from poll to poll, and names the owners of pools by them. */
export class OwnerSearch {
  readonly #groups: CgroupGroups;
  readonly #processes: ProcessSearch | undefined;
  readonly #once: boolean;
  /** Whether something may have been found since all pools were told. */
  #hasNews = false;
  #toldMs = Number.NEGATIVE_INFINITY;

  /** `once`: there is only one poll. */
  constructor(groups: CgroupGroups, processes: ProcessSearch | undefined, once: boolean) {
    this.#groups = groups;
    this.#processes = processes;
    this.#once = once;
  }

  get isSearching(): boolean {
    return this.#groups.isSearching || this.isSearchingProcesses;
  }

  get isSearchingProcesses(): boolean {
    return this.#processes?.isSearching === true;
  }

  /** For pools at risk; names the owners of all of them. `read` are those whose sockets were read now. */
  nameAtRisk(
    pools: readonly AskedPool[],
    read: ReadonlySet<AskedPool>,
    context: SearchContext,
    isTimeLeft: IsTimeLeft,
  ): void {
    const searched = { pools, read, maxAgeMs: MAX_AGE_MS.atRisk };
    const isFound = this.#search(searched, context, isTimeLeft);
    this.#name(isFound ? pools : read, context);
  }

  /** For any pools; names the owners of those that were read, and of all when the search is over, or once in a while. */
  nameAll(
    pools: Iterable<AskedPool>,
    read: ReadonlySet<AskedPool>,
    context: SearchContext,
    isTimeLeft: IsTimeLeft,
  ): void {
    const all = [...pools];
    this.#search({ pools: all, read, maxAgeMs: MAX_AGE_MS.atRest }, context, isTimeLeft);
    const isDue = context.nowMs - this.#toldMs >= TELLING_INTERVAL_MS;
    const isToldNow = this.#hasNews && (this.#once || isDue || !this.isSearching);
    this.#name(isToldNow ? all : read, context);
    if (!isToldNow) return;
    this.#hasNews = false;
    this.#toldMs = context.nowMs;
  }

  /** Goes on with the searches, and begins others for what was read; returns whether anything was looked at. */
  #search(
    { pools, read, maxAgeMs }: Searched,
    { nowMs, parts }: SearchContext,
    isTimeLeft: IsTimeLeft,
  ): boolean {
    const occasion = { isNew: read.size > 0, maxAgeMs };
    nameGroups(read, this.#groups, nowMs);
    const searches = [
      () => this.#groups.search(isTimeLeft, nowMs),
      () => this.#processes?.search(() => openOf(pools), occasion, isTimeLeft, nowMs),
    ];
    const isFound = searches.map((search) => noting(parts, search)).includes(true);
    this.#hasNews ||= isFound;
    return isFound;
  }

  #name(pools: Iterable<AskedPool>, { nowMs }: SearchContext): void {
    const all = [...pools];
    nameGroups(all, this.#groups, nowMs);
    for (const asked of all) asked.shares = sharesOf(asked.sightings);
  }
}

/** What `read` returns; undefined where it fails, which is noted. */
export function noting<T>(parts: PartMeter, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    parts.fail('owners', error.message);
    parts.settle();
    return undefined;
  }
}
