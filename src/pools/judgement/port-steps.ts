import type { PortRange } from '../../kernel/proc/sysctl.ts';
import { byAge, type Series } from './birth-order.ts';

/**
 * How far the port moves on from one socket of a series to the next. `connect()` to one destination goes on behind the port
 * that it gave last, by a few ports (`table_perturb` in net/ipv4/inet_hashtables.c). `bind()` begins at a random port each
 * time, and takes the next one that is free from there (`inet_csk_find_open_port` in net/ipv4/inet_connection_sock.c).
 */

/** Whether nobody had the port, as far as is known. The ports of a series itself are free until its socket gets them. */
type IsFree = (port: number) => boolean;

/** Where `bind()` may look: the whole range, or with SO_REUSEADDR one half after the other; `half` begins the upper one. */
interface BindRange extends PortRange {
  readonly half: number;
}

/** The probability, at most, with which ports that `bind()` chose are taken for a series of `connect()`. */
const MAX_CHANCE = 1e-4;

/**
 * Whether the steps are so small that `bind()` would hardly have made them, wherever it looked. `isFree` says what a `bind()`
 * could have been given.
 */
export function areOfConnect(
  all: readonly Series[],
  { low, high, half }: BindRange,
  isFree: IsFree,
): boolean {
  const part = (range: PortRange): number =>
    chanceOfBind(
      all.map((series) => series.filter(({ port }) => port >= range.low && port <= range.high)),
      range,
      isFree,
    );
  const byHalves = part({ low, high: half - 1 }) + part({ low: half, high });
  return Math.max(part({ low, high }), byHalves) <= Math.log(MAX_CHANCE);
}

/**
 * The logarithm of the probability, at most, with which `bind()` makes such small steps. Each is a random share of the range
 * at least, as it begins at a random port: n of them sum up to D at most with the probability Dⁿ/n!. Of sockets of the same
 * age nobody knows the order: that which looks most like `connect()` is one of m!.
 */
function chanceOfBind(all: readonly Series[], range: PortRange, isFree: IsFree): number {
  const size = range.high - range.low + 1;
  let [steps, distance, logChance] = [0, 0, 0];
  for (const series of all) {
    const free = new FreePorts(range, series, isFree);
    let last: number | undefined;
    for (const sockets of byAge(series)) {
      logChance += logFactorial(sockets.length);
      for (const port of asOfConnect(sockets, last ?? afterLargestGap(sockets, size), size)) {
        if (last !== undefined) {
          steps += 1;
          distance += free.stepTo(port, last) / size;
        }
        free.take(port);
        last = port;
      }
    }
  }
  if (steps === 0) return 0;
  return Math.min(0, logChance + steps * Math.log(distance) - logFactorial(steps));
}

/** The ports in the order in which `connect()` would give them, from `start` on. */
function asOfConnect(sockets: Series, start: number, size: number): readonly number[] {
  const behind = (port: number): number => (port - start + size) % size;
  return sockets.map(({ port }) => port).sort((a, b) => behind(a) - behind(b));
}

/** Where the ports begin if they lie in one arc of the range. */
function afterLargestGap(sockets: Series, size: number): number {
  const ports = sockets.map(({ port }) => port).sort((a, b) => a - b);
  let [start, largest] = [ports[0] ?? 0, 0];
  ports.forEach((port, index) => {
    const before = ports.at(index - 1) ?? port;
    const gap = (port - before + size) % size;
    if (gap > largest) [start, largest] = [port, gap];
  });
  return start;
}

function logFactorial(count: number): number {
  let sum = 0;
  for (let factor = 2; factor <= count; factor += 1) sum += Math.log(factor);
  return sum;
}

/** Which ports of a range are free while a series takes its own, one by one. */
class FreePorts {
  readonly #range: PortRange;
  readonly #isFree: IsFree;
  /** Ports of the series that it has not taken yet. */
  readonly #ahead: Set<number>;
  /** By port that is not free: how far below it the next one may be that is free, of the same parity. */
  readonly #skip = new Map<number, number>();

  constructor(range: PortRange, series: Series, isFree: IsFree) {
    this.#range = range;
    this.#isFree = isFree;
    this.#ahead = new Set(series.map(({ port }) => port));
  }

  take(port: number): void {
    this.#ahead.delete(port);
  }

  /**
   * How far `port` is from where a `bind()` would not have come to it: the last free port of its parity that is not above
   * `last`. The size of the range where there is none.
   */
  stepTo(port: number, last: number): number {
    const { low, high } = this.#range;
    const size = high - low + 1;
    const ahead = (port - last + size) % size;
    const start = ahead % 2;
    const below = (back: number): number => low + ((last - low - back + 2 * size) % size);
    let back = start;
    while (ahead + back < size && !this.#has(below(back))) back += this.#skip.get(below(back)) ?? 2;
    // The next search passes over all of them at once.
    if (back > start) this.#skip.set(below(start), back - start);
    return Math.min(ahead + back, size);
  }

  #has(port: number): boolean {
    return this.#ahead.has(port) || (!this.#skip.has(port) && this.#isFree(port));
  }
}

/** Groups of sockets of one age that are needed to judge their steps. Chosen, not measured. */
const MIN_STEPS = 5;
/** The mean step of `bind()` is half the range. Chosen, not measured. */
const LARGE_STEP = 0.25;
/** So many ports `connect()` passes over by chance, on average (`get_random_u32_below(8)` in `__inet_hash_connect`). */
const PASSED_OVER = 4;
/** Fewer ports measure no step: four times as many as `connect()` passes over. Chosen, not measured. */
const MIN_FREE = 16;

/**
 * Whether the steps are as large as those of `bind()`. A step is measured in ports of its parity that were passed over, less
 * those that `connect()` passes over by chance. Only ports that are `free`, and those of the series, count: a long way over
 * ports that others have is what `connect()` goes too. Where sockets in between are gone, large steps prove nothing.
 */
export function areAtRandom(all: readonly Series[], free: FreeCounts): boolean {
  const lowest = all.map((series) =>
    byAge(series).map((sockets) => ({
      port: Math.min(...sockets.map(({ port }) => port)),
      sockets: sockets.length,
    })),
  );
  const most = lowest.reduce((sum, { length }) => sum + Math.max(0, length - 1), 0);
  if (most < MIN_STEPS) return false;
  const own = new OwnCounts(all);
  let [steps, sum] = [0, 0];
  for (const series of lowest) {
    series.forEach(({ port, sockets }, index) => {
      const last = series[index - 1]?.port;
      const inAll = free.ofParity(port) + own.ofParity(port);
      if (last === undefined || inAll < MIN_FREE) return;
      const below = (each: number): number => free.below(each, port) + own.below(each, port);
      const passedOver = (below(port) - below(last) + inAll) % inAll;
      steps += 1;
      sum += Math.max(0, passedOver - PASSED_OVER * sockets) / inAll;
    });
  }
  return steps >= MIN_STEPS && sum / steps >= LARGE_STEP;
}

/** How many free ports of either parity are below each port of a range. */
export class FreeCounts {
  readonly #low: number;
  readonly #below: readonly [Int32Array, Int32Array];
  readonly #all: [number, number] = [0, 0];

  constructor({ low, high }: PortRange, isFree: IsFree) {
    this.#low = low;
    this.#below = [new Int32Array(high - low + 1), new Int32Array(high - low + 1)];
    for (let port = low; port <= high; port += 1) {
      for (const parity of [0, 1] as const) this.#below[parity][port - low] = this.#all[parity];
      if (isFree(port)) this.#all[parityOf(port)] += 1;
    }
  }

  ofParity(port: number): number {
    return this.#all[parityOf(port)];
  }

  /** Those below `port`, of the parity of `like`. */
  below(port: number, like: number): number {
    return this.#below[parityOf(like)][port - this.#low] ?? 0;
  }
}

/** How many ports that a series has are below a port. */
class OwnCounts {
  readonly #ports: readonly [Int32Array, Int32Array];

  constructor(all: readonly Series[]) {
    const ports = [...new Set(all.flat().map(({ port }) => port))];
    const ofParity = (parity: number): Int32Array =>
      Int32Array.from(ports.filter((port) => parityOf(port) === parity)).sort();
    this.#ports = [ofParity(0), ofParity(1)];
  }

  ofParity(port: number): number {
    return this.#ports[parityOf(port)].length;
  }

  /** Those below `port`, of the parity of `like`. */
  below(port: number, like: number): number {
    const ports = this.#ports[parityOf(like)];
    let [from, to] = [0, ports.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((ports[middle] ?? 0) < port) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function parityOf(port: number): 0 | 1 {
  return (port & 1) === 0 ? 0 : 1;
}
