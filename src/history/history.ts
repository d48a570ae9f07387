import { capacityRatio } from '../pools/capacity-ratio.ts';
import type { PoolKind, PoolUsage } from '../pools/pool.ts';
import type { PoolCounts } from '../pools/pool-view.ts';
import { evenly } from './evenly.ts';
import { type Past, timeToExhaustion } from './forecast.ts';
import { Ring } from './ring.ts';
import { type Sample, SLOPE_SAMPLES } from './robust-slope.ts';
import { Rows } from './rows.ts';
import { STATE_RINGS, StateRings } from './state-rings.ts';
import type { EarlierStates, Trend } from './trend.ts';

export interface HistoryOptions {
  readonly windowSeconds: number;
  readonly intervalSeconds: number;
  /** Pools followed at most. */
  readonly pools: number;
}

/**
 * How far back a forecast looks: this long, and no fewer samples than that. 150 s hold the two minutes that the slope
 * of a periodic series needs, and the time after which TIME_WAITs count as settled (125 s).
 */
const FORECAST_SECONDS = 150;
const FORECAST_SAMPLES = 2 * SLOPE_SAMPLES;
/** How far back `Trend.earlier` looks: as long as a TIME_WAIT lasts. */
const EARLIER_SECONDS = 60;

/** Samples that `Trend.past` has at most. Chosen: enough for a curve, and few enough to keep a hundred of them. */
const PAST_SAMPLES = 60;

/** Rings that a history has, of 16 bits for each pool and sample: three numbers, and the states of sockets. */
const RINGS = 3 + STATE_RINGS;

/** The memory that a history with these options takes, in bytes. */
export function historyBytes(options: HistoryOptions): number {
  return RINGS * Uint16Array.BYTES_PER_ELEMENT * options.pools * samplesIn(options);
}

function samplesIn({ windowSeconds, intervalSeconds }: HistoryOptions): number {
  return Math.max(FORECAST_SAMPLES, Math.ceil(windowSeconds / intervalSeconds));
}

/**
 * The samples of the followed pools, in memory that is allocated once. A pool is followed while the window holds a sample
 * above 0, or a call was refused for lack of one of its ports in the last ten minutes. Each is identified by a ticket: a
 * number above 0 that is given to no other pool until 32 bits are used up.
 *
 * A poll is `begin`, then `sample` for each ticket, then `endSamples`, then `follow` for new pools.
 */
export class History {
  readonly #length: number;
  readonly #used: Ring;
  readonly #live: Ring;
  readonly #capacity: Ring;
  readonly #states: StateRings;
  readonly #seconds: Float64Array;
  readonly #rows: Rows;
  /** Polls begun; the latest one's time is in column `#polls` modulo the length. */
  #polls = 0;

  constructor(options: HistoryOptions) {
    const { pools } = options;
    this.#length = samplesIn(options);
    const ring = (): Ring => new Ring(pools, this.#length);
    this.#used = ring();
    this.#live = ring();
    this.#capacity = ring();
    this.#states = new StateRings(pools, this.#length);
    this.#seconds = new Float64Array(this.#length);
    this.#rows = new Rows(pools);
  }

  /** Begins a poll; `nowSeconds` is monotonic. */
  begin(nowSeconds: number): void {
    for (const ring of [this.#used, this.#live, this.#capacity]) ring.advance();
    this.#states.advance();
    this.#polls += 1;
    this.#seconds[this.#polls % this.#length] = nowSeconds;
    this.#rows.begin();
  }

  /**
   * Stores the sample of one followed pool. False where the pool is not followed any more: its row was given to
   * another pool, or its window holds no sample above 0.
   */
  sample(ticket: number, counts: PoolCounts): boolean {
    const row = this.#rows.rowOf(ticket);
    if (row < 0) return false;
    const isAlive = counts.held > 0 || counts.hasFailed;
    const hasEnded = !isAlive && this.#rows.idle(row) + 1 >= this.#length;
    if (hasEnded) this.#rows.free(row);
    else this.#write(row, counts);
    return !hasEnded;
  }

  /**
   * A new pool of the namespace is followed if its usage ratio is above this: -1 where a row is free, where another namespace
   * has more rows, or where a pool of its own is idle; else twice the lowest peak of its own pools, so that two pools do
   * not replace each other again and again.
   */
  minRatioToFollow(namespaceId: number): number {
    return this.#rows.minRatioToFollow(namespaceId);
  }

  /** Follows a pool that holds a port. Returns its ticket, or 0 where no row could be had. */
  follow(namespaceId: number, counts: PoolCounts, kind: PoolKind = ''): number {
    const row = this.#rows.take(namespaceId, ratioOf(counts), kind, this.#secondsAt(0));
    if (row < 0) return 0;
    this.#write(row, counts);
    return this.#rows.ticketOf(row);
  }

  /**
   * Pools without a sample at this poll are followed no more, except those of a namespace and kind that `couldNotBeRead`:
   * their last sample is repeated, so that one failed reading does not lose their history.
   */
  endSamples(couldNotBeRead: (namespaceId: number, kind: PoolKind) => boolean): void {
    for (const row of this.#rows.unsampled()) {
      if (couldNotBeRead(this.#rows.namespaceId(row), this.#rows.kind(row))) this.#repeat(row);
      else this.#rows.free(row);
    }
  }

  /** The row of the rings that the ticket's pool has, below `pools`; -1 where the ticket is void. */
  rowOf(ticket: number): number {
    return this.#rows.rowOf(ticket);
  }

  /** Whether the pool of the ticket is followed. */
  follows(ticket: number): boolean {
    return this.#rows.rowOf(ticket) >= 0;
  }

  /** The highest usage ratio in the window. The pool must be followed. */
  peakRatio(ticket: number): number {
    return this.#rows.peakRatio(Math.max(0, this.#rows.rowOf(ticket)));
  }

  /** What the samples of the pool show; `usage` is that of this poll. The pool must be followed. */
  trend(ticket: number, usage: PoolUsage): Trend {
    const row = this.#rows.rowOf(ticket);
    let forecast: { readonly seconds: number | undefined } | undefined;
    const past = (): Past => this.#past(row);
    const earlier = (): EarlierStates | undefined => this.#earlier(row);
    const statesOverTime = (): readonly EarlierStates[] => this.statesOverTime(ticket);
    return {
      peakRatio: this.#rows.peakRatio(row),
      opens: this.#rows.opens(row),
      followedSeconds: this.#secondsAt(0) - this.#rows.since(row),
      get timeToExhaustionSeconds() {
        forecast ??= { seconds: timeToExhaustion(usage, past) };
        return forecast.seconds;
      },
      get earlier() {
        return earlier();
      },
      get past() {
        return statesOverTime();
      },
    };
  }

  /**
   * The held ports by state over the window, oldest first, in `most` samples evenly spread; empty where the pool is not
   * followed.
   */
  statesOverTime(ticket: number, most = PAST_SAMPLES): readonly EarlierStates[] {
    const row = this.#rows.rowOf(ticket);
    if (row < 0) return [];
    return evenly(this.#rows.samples(row), most).map((ago) => this.#statesAt(row, ago));
  }

  #earlier(row: number): EarlierStates | undefined {
    let ago = this.#rows.samples(row) - 1;
    while (ago > 0 && this.#age(ago) > EARLIER_SECONDS) ago -= 1;
    return ago <= 0 ? undefined : this.#statesAt(row, ago);
  }

  #statesAt(row: number, ago: number): EarlierStates {
    return { secondsAgo: this.#age(ago), ...this.#states.at(row, ago) };
  }

  /** How long before this poll a sample was taken. */
  #age(ago: number): number {
    return this.#secondsAt(0) - this.#secondsAt(ago);
  }

  #write(row: number, counts: PoolCounts): void {
    const droppedRatio = this.#rows.samples(row) >= this.#length ? this.#ratioAt(row, 0) : 0;
    this.#used.write(row, counts.taken);
    this.#live.write(row, Math.max(0, counts.taken - counts.returning));
    this.#capacity.write(row, counts.capacity);
    this.#states.write(row, counts);
    this.#rows.addOpens(row, counts.opened);
    this.#rows.sampled(row, counts.held > 0 || counts.hasFailed, this.#length);
    this.#updatePeak(row, droppedRatio);
  }

  /** Repeats the last sample. */
  #repeat(row: number): void {
    const droppedRatio = this.#rows.samples(row) >= this.#length ? this.#ratioAt(row, 0) : 0;
    for (const ring of [this.#used, this.#live, this.#capacity]) ring.write(row, ring.at(row, 1));
    this.#states.repeat(row);
    this.#rows.sampled(row, this.#states.at(row, 0).held > 0, this.#length);
    this.#updatePeak(row, droppedRatio);
  }

  /** Searches the window only when the sample that was dropped from it, `droppedRatio`, was the peak. */
  #updatePeak(row: number, droppedRatio: number): void {
    const [now, peak] = [this.#ratioAt(row, 0), this.#rows.peakRatio(row)];
    if (now >= peak) this.#rows.setPeakRatio(row, now);
    else if (droppedRatio >= peak) this.#rows.setPeakRatio(row, this.#highest(row));
  }

  #highest(row: number): number {
    let highest = 0;
    for (let ago = 0; ago < this.#rows.samples(row); ago += 1) {
      highest = Math.max(highest, this.#ratioAt(row, ago));
    }
    return highest;
  }

  #ratioAt(row: number, ago: number): number {
    const capacity = this.#capacity.at(row, ago);
    return capacityRatio(this.#used.at(row, ago), capacity);
  }

  #past(row: number): Past {
    const agos: number[] = [];
    const now = this.#secondsAt(0);
    for (let ago = this.#rows.samples(row) - 1; ago >= 0; ago -= 1) {
      const isRecent = now - this.#secondsAt(ago) <= FORECAST_SECONDS;
      if (isRecent || ago < FORECAST_SAMPLES) agos.push(ago);
    }
    const samples = (ring: Ring): readonly Sample[] =>
      agos.map((ago) => ({ seconds: this.#secondsAt(ago), value: ring.at(row, ago) }));
    return { used: samples(this.#used), live: samples(this.#live) };
  }

  #secondsAt(ago: number): number {
    const index = (this.#polls - ago + this.#length) % this.#length;
    return this.#seconds[index] ?? 0;
  }
}

function ratioOf({ taken, capacity }: PoolCounts): number {
  return capacityRatio(taken, capacity);
}
