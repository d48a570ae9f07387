import type { PoolKind } from '../pools/pool.ts';
import { RowShares } from './row-shares.ts';

/**
 * Which pool has which row of the rings, in typed arrays. A row is given to one pool after the other. Each pool gets a
 * ticket: a multiple of the number of rows, plus the row.
 *
 * Where no row is free, the namespace that has most gives one up, until all that need more have as many: so no namespace,
 * whatever it opens, takes the rows of another that has fewer.
 */
export class Rows {
  readonly #count: number;
  /** Of the pool that has the row, or had it last. */
  readonly #tickets: Uint32Array;
  readonly #isTaken: Uint8Array;
  readonly #isSampled: Uint8Array;
  readonly #namespaceIds: Int32Array;
  readonly #kinds: PoolKind[];
  readonly #samples: Uint32Array;
  /** Samples since the pool last held a port. */
  readonly #idle: Uint32Array;
  readonly #peaks: Float64Array;
  /** Connections that were opened since the pool got the row. */
  readonly #opens: Float64Array;
  /** When the pool got the row, in monotonic seconds. */
  readonly #since: Float64Array;
  readonly #free: number[];
  readonly #shares = new RowShares();
  /** The rows that each namespace may give up, the next one last; made at the first new pool of a poll without a free row. */
  #toGiveUp: ReadonlyMap<number, GivenUp> | undefined;

  constructor(count: number) {
    this.#count = count;
    this.#tickets = new Uint32Array(count);
    this.#isTaken = new Uint8Array(count);
    this.#isSampled = new Uint8Array(count);
    this.#namespaceIds = new Int32Array(count);
    this.#kinds = Array.from({ length: count }, () => '');
    this.#samples = new Uint32Array(count);
    this.#idle = new Uint32Array(count);
    this.#peaks = new Float64Array(count);
    this.#opens = new Float64Array(count);
    this.#since = new Float64Array(count);
    this.#free = Array.from({ length: count }, (_, row) => count - 1 - row);
  }

  /** Begins a poll: no row has a sample yet. */
  begin(): void {
    this.#isSampled.fill(0);
    this.#toGiveUp = undefined;
  }

  /** The row of a ticket; -1 where its pool is not followed any more. */
  rowOf(ticket: number): number {
    const row = ticket % this.#count;
    const isValid = ticket > 0 && this.#tickets[row] === ticket && this.#isTaken[row] === 1;
    return isValid ? row : -1;
  }

  ticketOf(row: number): number {
    return this.#tickets[row] ?? 0;
  }

  namespaceId(row: number): number {
    return this.#namespaceIds[row] ?? 0;
  }

  kind(row: number): PoolKind {
    return this.#kinds[row] ?? '';
  }

  samples(row: number): number {
    return this.#samples[row] ?? 0;
  }

  idle(row: number): number {
    return this.#idle[row] ?? 0;
  }

  peakRatio(row: number): number {
    return this.#peaks[row] ?? 0;
  }

  setPeakRatio(row: number, ratio: number): void {
    this.#peaks[row] = ratio;
  }

  opens(row: number): number {
    return this.#opens[row] ?? 0;
  }

  addOpens(row: number, opened: number): void {
    this.#opens[row] = this.opens(row) + opened;
  }

  since(row: number): number {
    return this.#since[row] ?? 0;
  }

  /** Counts one more sample, of which the window holds `length` at most; `holds` is whether it is above 0. */
  sampled(row: number, holds: boolean, length: number): void {
    this.#isSampled[row] = 1;
    this.#samples[row] = Math.min(this.samples(row) + 1, length);
    this.#idle[row] = holds ? 0 : this.idle(row) + 1;
  }

  /** Rows of pools that have no sample of this poll. */
  unsampled(): readonly number[] {
    return this.#where((row) => this.#isTaken[row] === 1 && this.#isSampled[row] === 0);
  }

  free(row: number): void {
    this.#isTaken[row] = 0;
    this.#shares.remove(this.namespaceId(row));
    this.#free.push(row);
  }

  /** See `History.minRatioToFollow`; infinite where there is no row at all. */
  minRatioToFollow(namespaceId: number): number {
    return this.#free.length > 0 ? -1 : this.#minRatioFrom(this.#giverTo(namespaceId), namespaceId);
  }

  /** A row for a pool of this usage ratio; -1 where there is none. */
  take(namespaceId: number, ratio: number, kind: PoolKind = '', sinceSeconds = 0): number {
    const row = this.#free.pop() ?? this.#takeFrom(this.#giverTo(namespaceId), namespaceId, ratio);
    if (row < 0) return -1;
    if (this.#isTaken[row] === 0) this.#shares.add(namespaceId);
    this.#tickets[row] = this.#nextTicket(row);
    this.#isTaken[row] = 1;
    this.#namespaceIds[row] = namespaceId;
    this.#kinds[row] = kind;
    this.#samples[row] = 0;
    this.#idle[row] = 0;
    this.#peaks[row] = 0;
    this.#opens[row] = 0;
    this.#since[row] = sinceSeconds;
    return row;
  }

  /** Tickets start from the beginning when 32 bits are used up: the pools of the first ones ended long before. */
  #nextTicket(row: number): number {
    const next = this.ticketOf(row) + this.#count;
    return next > 0xffffffff || next === this.#count ? this.#count + row : next;
  }

  /** Whose row a new pool of the namespace gets: that of the one with most rows, unless it would then have fewer. */
  #giverTo(namespaceId: number): number {
    const { largest = namespaceId } = this.#shares;
    const isFair = this.#shares.countOf(largest) <= this.#shares.countOf(namespaceId) + 1;
    return isFair ? namespaceId : largest;
  }

  #minRatioFrom(giver: number, namespaceId: number): number {
    const row = this.#rowsOf(giver).at(-1);
    if (row === undefined) return Number.POSITIVE_INFINITY;
    return giver !== namespaceId || this.idle(row) > 0 ? -1 : 2 * this.peakRatio(row);
  }

  #takeFrom(giver: number, namespaceId: number, ratio: number): number {
    if (ratio <= this.#minRatioFrom(giver, namespaceId)) return -1;
    if (giver !== namespaceId) {
      this.#shares.remove(giver);
      this.#shares.add(namespaceId);
    }
    return this.#rowsOf(giver).pop() ?? -1;
  }

  /** The rows of the namespace: those of pools that hold nothing last, the longest idle the very last, else the lowest peak. */
  #rowsOf(namespaceId: number): number[] {
    this.#toGiveUp ??= this.#byNamespace();
    const found = this.#toGiveUp.get(namespaceId);
    if (found === undefined) return [];
    if (!found.isSorted) {
      found.rows.sort(
        (a, b) => this.idle(a) - this.idle(b) || this.peakRatio(b) - this.peakRatio(a),
      );
      found.isSorted = true;
    }
    return found.rows;
  }

  #byNamespace(): ReadonlyMap<number, GivenUp> {
    const found = new Map<number, GivenUp>();
    for (const row of this.#where((each) => this.#isTaken[each] === 1)) {
      const given = found.get(this.namespaceId(row));
      if (given === undefined) found.set(this.namespaceId(row), { rows: [row], isSorted: false });
      else given.rows.push(row);
    }
    return found;
  }

  #where(matches: (row: number) => boolean): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.#count; row += 1) if (matches(row)) rows.push(row);
    return rows;
  }
}

/** Rows of one namespace; sorted when the first of them is given up. */
interface GivenUp {
  readonly rows: number[];
  isSorted: boolean;
}
