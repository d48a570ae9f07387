import { identityOf, type Pool, poolId, type PoolUsage, usageRatio } from '../pools/pool.ts';
import { type Past, timeToExhaustion } from './forecast.ts';
import { Ring } from './ring.ts';
import { type Sample, SLOPE_SAMPLES } from './robust-slope.ts';

export interface HistoryOptions {
  readonly windowSeconds: number;
  readonly intervalSeconds: number;
  /** Pools followed at most. */
  readonly pools: number;
}

/** What the past says about a pool. */
export interface Trend {
  /** The highest usage ratio in the window. */
  readonly peakRatio: number;
  /** Seconds; see `timeToExhaustion`. Costs most of all, and is computed when it is first asked for. */
  readonly timeToExhaustionSeconds: number | undefined;
}

/** A pool's latest usage, with its past. */
export interface Followed {
  readonly usage: PoolUsage;
  readonly trend: Trend;
}

/** How far back a forecast looks: this long, and no fewer samples than that. */
const FORECAST_SECONDS = 150;
const FORECAST_SAMPLES = 2 * SLOPE_SAMPLES;

/** A followed pool's row in the rings. */
interface Track {
  readonly pool: Pool;
  readonly row: number;
  samples: number;
  peakRatio: number;
  /** Samples since it last held a port. */
  idle: number;
  /** The moment of its latest sample. */
  moment: number;
}

/**
 * The recent past of the pools followed, in memory that is allocated once. A pool is followed while the
 * window holds a sample above 0; when there is no row left, the one that has been idle longest goes, else the
 * lowest where a newcomer uses more than twice as much.
 */
export class History {
  readonly #length: number;
  readonly #used: Ring;
  readonly #live: Ring;
  readonly #capacity: Ring;
  readonly #seconds: Float64Array;
  readonly #tracks = new Map<string, Track>();
  readonly #freeRows: number[];
  #moment = 0;
  /** The pools followed before this moment, by their peaks; made when rows are short. */
  #highestFirst: Track[] | undefined;

  constructor({ windowSeconds, intervalSeconds, pools }: HistoryOptions) {
    this.#length = Math.max(FORECAST_SAMPLES, Math.ceil(windowSeconds / intervalSeconds));
    this.#used = new Ring(pools, this.#length);
    this.#live = new Ring(pools, this.#length);
    this.#capacity = new Ring(pools, this.#length);
    this.#seconds = new Float64Array(this.#length);
    this.#freeRows = Array.from({ length: pools }, (_, row) => pools - 1 - row);
  }

  /**
   * Takes one sample of each pool: `usages` are the fullest, fullest first; `usageOf` tells of those
   * followed that are not among them. Returns all that are followed. `nowSeconds` is monotonic.
   */
  record(
    usages: readonly PoolUsage[],
    nowSeconds: number,
    usageOf: (pool: Pool) => PoolUsage | undefined,
  ): readonly Followed[] {
    this.#advance(nowSeconds);
    const followed: Followed[] = [];
    for (const usage of usages) this.#sample(this.#tracks.get(poolId(usage)), usage, followed);
    for (const track of this.#tracks.values()) this.#sampleAbsent(track, usageOf, followed);
    for (const usage of usages) this.#follow(usage, followed);
    return followed;
  }

  #advance(nowSeconds: number): void {
    for (const ring of [this.#used, this.#live, this.#capacity]) ring.advance();
    this.#highestFirst = undefined;
    this.#moment += 1;
    this.#seconds[this.#moment % this.#length] = nowSeconds;
  }

  #sample(track: Track | undefined, usage: PoolUsage, followed: Followed[]): void {
    if (track === undefined || track.moment === this.#moment) return;
    const leaving = track.samples >= this.#length ? this.#ratioAt(track.row, 0) : 0;
    const used = usage.capacity - usage.available;
    this.#used.write(track.row, used);
    this.#live.write(track.row, Math.max(0, used - sum(usage.returning)));
    this.#capacity.write(track.row, usage.capacity);
    track.moment = this.#moment;
    track.samples = Math.min(track.samples + 1, this.#length);
    track.idle = usage.held > 0 ? 0 : track.idle + 1;
    this.#updatePeak(track, leaving);
    followed.push({ usage, trend: this.#trend(track, usage) });
  }

  #trend(track: Track, usage: PoolUsage): Trend {
    const { peakRatio } = track;
    let forecast: { readonly seconds: number | undefined } | undefined;
    const past = (): Past => this.#past(track);
    return {
      peakRatio,
      get timeToExhaustionSeconds() {
        forecast ??= { seconds: timeToExhaustion(usage, past) };
        return forecast.seconds;
      },
    };
  }

  /** The peak is looked for anew only when the sample that fell out of the window was the peak. */
  #updatePeak(track: Track, leaving: number): void {
    const now = this.#ratioAt(track.row, 0);
    if (now >= track.peakRatio) track.peakRatio = now;
    else if (leaving >= track.peakRatio) track.peakRatio = this.#highest(track);
  }

  #highest(track: Track): number {
    let highest = 0;
    for (let ago = 0; ago < track.samples; ago += 1) {
      highest = Math.max(highest, this.#ratioAt(track.row, ago));
    }
    return highest;
  }

  #ratioAt(row: number, ago: number): number {
    const capacity = this.#capacity.at(row, ago);
    return capacity === 0 ? 1 : this.#used.at(row, ago) / capacity;
  }

  #sampleAbsent(
    track: Track,
    usageOf: (pool: Pool) => PoolUsage | undefined,
    followed: Followed[],
  ): void {
    if (track.moment === this.#moment) return;
    const usage = usageOf(track.pool);
    const isOver = usage === undefined || (usage.held === 0 && track.idle + 1 >= this.#length);
    if (isOver) this.#forget(track);
    else this.#sample(track, usage, followed);
  }

  #follow(usage: PoolUsage, followed: Followed[]): void {
    if (usage.held === 0 || this.#tracks.has(poolId(usage))) return;
    const row =
      this.#freeRows.pop() ?? this.#rowOfLongestIdle() ?? this.#rowOfLowest(usageRatio(usage));
    if (row === undefined) return;
    const pool = identityOf(usage);
    const track = { pool, row, samples: 0, peakRatio: 0, idle: 0, moment: 0 };
    this.#tracks.set(poolId(pool), track);
    this.#sample(track, usage, followed);
  }

  #rowOfLongestIdle(): number | undefined {
    let longest: Track | undefined;
    for (const track of this.#tracks.values()) {
      if (track.idle > (longest?.idle ?? 0)) longest = track;
    }
    if (longest === undefined) return undefined;
    this.#forget(longest);
    return this.#freeRows.pop();
  }

  /** That of the pool with the lowest peak, for one that uses far more: they must not change places for ever. */
  #rowOfLowest(ratio: number): number | undefined {
    this.#highestFirst ??= [...this.#tracks.values()].toSorted((a, b) => b.peakRatio - a.peakRatio);
    const lowest = this.#highestFirst.at(-1);
    if (lowest === undefined || ratio <= 2 * lowest.peakRatio) return undefined;
    this.#highestFirst.pop();
    this.#forget(lowest);
    return this.#freeRows.pop();
  }

  #forget(track: Track): void {
    this.#tracks.delete(poolId(track.pool));
    this.#freeRows.push(track.row);
  }

  #past(track: Track): Past {
    const agos: number[] = [];
    const now = this.#secondsAt(0);
    for (let ago = track.samples - 1; ago >= 0; ago -= 1) {
      const isLate = now - this.#secondsAt(ago) <= FORECAST_SECONDS;
      if (isLate || ago < FORECAST_SAMPLES) agos.push(ago);
    }
    const samples = (ring: Ring): readonly Sample[] =>
      agos.map((ago) => ({ seconds: this.#secondsAt(ago), value: ring.at(track.row, ago) }));
    return { used: samples(this.#used), live: samples(this.#live) };
  }

  #secondsAt(ago: number): number {
    const index = (this.#moment - ago + this.#length) % this.#length;
    return this.#seconds[index] ?? 0;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
