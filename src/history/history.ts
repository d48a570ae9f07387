import type { PoolUsage } from '../pools/pool.ts';
import type { PoolCounts } from '../pools/pool-view.ts';
import { type Past, timeToExhaustion } from './forecast.ts';
import { Ring } from './ring.ts';
import { type Sample, SLOPE_SAMPLES } from './robust-slope.ts';
import { Rows } from './rows.ts';

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

/** The held ports of a followed pool by socket state, at one moment. */
export interface StateSample {
  readonly seconds: number;
  readonly held: number;
  readonly established: number;
  readonly synSent: number;
  readonly timeWait: number;
  readonly closeWait: number;
}

/** How far back a forecast looks: this long, and no fewer samples than that. */
const FORECAST_SECONDS = 150;
const FORECAST_SAMPLES = 2 * SLOPE_SAMPLES;

/**
 * The recent past of the pools followed, in memory that is allocated once. A pool is followed while the
 * window holds a sample above 0. Each has a ticket, a number above 0 that no other pool gets soon.
 *
 * A poll is `begin`, then `sample` for each ticket, then `endSamples`, then `follow` for newcomers.
 */
export class History {
  readonly #length: number;
  readonly #used: Ring;
  readonly #live: Ring;
  readonly #capacity: Ring;
  readonly #held: Ring;
  readonly #states: Readonly<Record<'established' | 'synSent' | 'timeWait' | 'closeWait', Ring>>;
  readonly #seconds: Float64Array;
  readonly #rows: Rows;
  #moment = 0;

  constructor({ windowSeconds, intervalSeconds, pools }: HistoryOptions) {
    this.#length = Math.max(FORECAST_SAMPLES, Math.ceil(windowSeconds / intervalSeconds));
    const ring = (): Ring => new Ring(pools, this.#length);
    this.#used = ring();
    this.#live = ring();
    this.#capacity = ring();
    this.#held = ring();
    this.#states = { established: ring(), synSent: ring(), timeWait: ring(), closeWait: ring() };
    this.#seconds = new Float64Array(this.#length);
    this.#rows = new Rows(pools);
  }

  /** Begins a poll; `nowSeconds` is monotonic. */
  begin(nowSeconds: number): void {
    const { established, synSent, timeWait, closeWait } = this.#states;
    const rings = [this.#used, this.#live, this.#capacity, this.#held];
    for (const ring of [...rings, established, synSent, timeWait, closeWait]) ring.advance();
    this.#moment += 1;
    this.#seconds[this.#moment % this.#length] = nowSeconds;
    this.#rows.begin();
  }

  /**
   * Takes the sample of one followed pool. False where the ticket is void: it was never given, its pool made
   * room for another, or its window holds nothing any more.
   */
  sample(ticket: number, counts: PoolCounts): boolean {
    const row = this.#rows.rowOf(ticket);
    if (row < 0) return false;
    const isOver = counts.held === 0 && this.#rows.idle(row) + 1 >= this.#length;
    if (isOver) this.#rows.free(row);
    else this.#write(row, counts);
    return !isOver;
  }

  /**
   * A pool finds room where its usage ratio is above this: -1 where a row is free or that of a pool which is
   * idle; else twice the lowest peak, so that two pools do not change places for ever.
   */
  roomAbove(): number {
    return this.#rows.roomAbove();
  }

  /** Follows a pool that holds a port; its ticket, or 0 where there is no room. */
  follow(namespaceId: number, counts: PoolCounts): number {
    const row = this.#rows.take(namespaceId, ratioOf(counts));
    if (row < 0) return 0;
    this.#write(row, counts);
    return this.#rows.ticketOf(row);
  }

  /**
   * Pools that were not sampled are followed no more, but for those of namespaces that `couldNotBeRead`: one
   * failed reading must not end what is known of them.
   */
  endSamples(couldNotBeRead: (namespaceId: number) => boolean): void {
    for (const row of this.#rows.unsampled()) {
      if (couldNotBeRead(this.#rows.namespaceId(row))) this.#repeat(row);
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

  /** The highest usage ratio in the window of the pool of a good ticket. */
  peakRatio(ticket: number): number {
    return this.#rows.peakRatio(Math.max(0, this.#rows.rowOf(ticket)));
  }

  /** What the past of the pool of a good ticket says. */
  trend(ticket: number, usage: PoolUsage): Trend {
    const row = this.#rows.rowOf(ticket);
    let forecast: { readonly seconds: number | undefined } | undefined;
    const past = (): Past => this.#past(row);
    return {
      peakRatio: this.#rows.peakRatio(row),
      get timeToExhaustionSeconds() {
        forecast ??= { seconds: timeToExhaustion(usage, past) };
        return forecast.seconds;
      },
    };
  }

  /** The held ports by state over the window, oldest first; empty for a void ticket. */
  statesOverTime(ticket: number): readonly StateSample[] {
    const row = this.#rows.rowOf(ticket);
    if (row < 0) return [];
    const { established, synSent, timeWait, closeWait } = this.#states;
    return Array.from({ length: this.#rows.samples(row) }, (_, index) => {
      const ago = this.#rows.samples(row) - 1 - index;
      return {
        seconds: this.#secondsAt(ago),
        held: this.#held.at(row, ago),
        established: established.at(row, ago),
        synSent: synSent.at(row, ago),
        timeWait: timeWait.at(row, ago),
        closeWait: closeWait.at(row, ago),
      };
    });
  }

  #write(row: number, counts: PoolCounts): void {
    const leaving = this.#rows.samples(row) >= this.#length ? this.#ratioAt(row, 0) : 0;
    this.#used.write(row, counts.taken);
    this.#live.write(row, Math.max(0, counts.taken - counts.returning));
    this.#capacity.write(row, counts.capacity);
    this.#held.write(row, counts.held);
    this.#states.established.write(row, counts.established);
    this.#states.synSent.write(row, counts.synSent);
    this.#states.timeWait.write(row, counts.timeWait);
    this.#states.closeWait.write(row, counts.closeWait);
    this.#rows.sampled(row, counts.held > 0, this.#length);
    this.#updatePeak(row, leaving);
  }

  /** Takes the last sample once more. */
  #repeat(row: number): void {
    const leaving = this.#rows.samples(row) >= this.#length ? this.#ratioAt(row, 0) : 0;
    const { established, synSent, timeWait, closeWait } = this.#states;
    const rings = [this.#used, this.#live, this.#capacity, this.#held];
    for (const ring of [...rings, established, synSent, timeWait, closeWait]) {
      ring.write(row, ring.at(row, 1));
    }
    this.#rows.sampled(row, this.#held.at(row, 0) > 0, this.#length);
    this.#updatePeak(row, leaving);
  }

  /** The peak is looked for anew only when the sample that fell out of the window was the peak. */
  #updatePeak(row: number, leaving: number): void {
    const [now, peak] = [this.#ratioAt(row, 0), this.#rows.peakRatio(row)];
    if (now >= peak) this.#rows.setPeakRatio(row, now);
    else if (leaving >= peak) this.#rows.setPeakRatio(row, this.#highest(row));
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
    return capacity === 0 ? 1 : this.#used.at(row, ago) / capacity;
  }

  #past(row: number): Past {
    const agos: number[] = [];
    const now = this.#secondsAt(0);
    for (let ago = this.#rows.samples(row) - 1; ago >= 0; ago -= 1) {
      const isLate = now - this.#secondsAt(ago) <= FORECAST_SECONDS;
      if (isLate || ago < FORECAST_SAMPLES) agos.push(ago);
    }
    const samples = (ring: Ring): readonly Sample[] =>
      agos.map((ago) => ({ seconds: this.#secondsAt(ago), value: ring.at(row, ago) }));
    return { used: samples(this.#used), live: samples(this.#live) };
  }

  #secondsAt(ago: number): number {
    const index = (this.#moment - ago + this.#length) % this.#length;
    return this.#seconds[index] ?? 0;
  }
}

function ratioOf({ taken, capacity }: PoolCounts): number {
  return capacity === 0 ? 1 : taken / capacity;
}
