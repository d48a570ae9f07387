import type { Verdict } from './evidence.ts';

/**
 * What the order tells in which the sockets of a group got their ports. The order is known of two kinds of rows: live
 * sockets, by their inode numbers, and sockets that were closed at once, by the age of their TIME_WAIT.
 */

/** One socket whose place in a series is known: `key` grows from the older to the younger. */
export interface OrderedPort {
  readonly port: number;
  readonly key: number;
}

/** Sockets that can be compared with each other, the oldest first. */
export type Series = readonly OrderedPort[];

/**
 * A processor takes inode numbers in batches of so many (`LAST_INO_BATCH` in fs/inode.c). Within a batch a larger
 * number is a younger socket; between batches of two processors nothing is known.
 */
const INODE_BATCH = 1024;

/** One series for each batch of inode numbers; `key` is the inode number. */
export function seriesByInode(sockets: readonly OrderedPort[]): readonly Series[] {
  if (sockets.length < 2) return [sockets];
  const batches = new Map<number, OrderedPort[]>();
  for (const socket of sockets) {
    const batch = Math.floor((socket.key - 1) / INODE_BATCH);
    const series = batches.get(batch);
    if (series === undefined) batches.set(batch, [socket]);
    else series.push(socket);
  }
  return [...batches.values()].map(inOrder);
}

export function inOrder(sockets: readonly OrderedPort[]): Series {
  return [...sockets].sort((a, b) => a.key - b.key);
}

/** Sockets of either pass that are compared at least, and the share of pairs that must agree. Chosen, not measured. */
const MIN_OF_EACH = 3;
const AGREEMENT = 0.85;
/** Where nearly all pairs are of the same age, the few others are chance. Chosen, not measured. */
const MIN_KNOWN = 0.1;

/** How many pairs of one socket of either pass there are, by which of the two is older. */
export interface PassPairs {
  secondOlder: number;
  firstOlder: number;
  /** Of the same age: nothing is known. */
  tied: number;
}

/**
 * Which of the two passes a group used up first. `bind()` takes ports of the second pass as long as it finds one, and
 * then those of the first (`inet_csk_find_open_port` in net/ipv4/inet_connection_sock.c); `connect()` begins with the
 * first (`__inet_hash_connect` in net/ipv4/inet_hashtables.c). That a group was given its ports by `connect()` is believed only
 * where little is unknown: nothing else confirms it, while one that was bound has left no port of the second pass.
 */
export function byPassOrder(pairs: PassPairs | undefined): Verdict {
  if (pairs === undefined) return 'undecided';
  const { secondOlder, firstOlder, tied } = pairs;
  const known = secondOlder + firstOlder;
  if (known >= MIN_KNOWN * tied && secondOlder >= AGREEMENT * known) return 'bound';
  return firstOlder >= AGREEMENT * (secondOlder + firstOlder + tied) ? 'connected' : 'undecided';
}

/** The share of pairs in which the socket of the second pass is older. */
export function shareOfOlderSecondPass({ secondOlder, firstOlder }: PassPairs): number {
  return secondOlder / (secondOlder + firstOlder);
}

/** The pairs within each series; undefined with too few. */
export function passPairs(
  all: readonly Series[],
  isSecondPass: (port: number) => boolean,
): PassPairs | undefined {
  const sockets = all.flat();
  const second = sockets.filter(({ port }) => isSecondPass(port)).length;
  if (Math.min(second, sockets.length - second) < MIN_OF_EACH) return undefined;
  const pairs = { secondOlder: 0, firstOlder: 0, tied: 0 };
  for (const series of all) countPairs(series, isSecondPass, pairs);
  return pairs.secondOlder + pairs.firstOlder > 0 ? pairs : undefined;
}

function countPairs(
  series: Series,
  isSecondPass: (port: number) => boolean,
  pairs: PassPairs,
): void {
  let [first, second] = [0, 0];
  for (const sockets of byAge(series)) {
    const ofSecond = sockets.filter(({ port }) => isSecondPass(port)).length;
    const ofFirst = sockets.length - ofSecond;
    pairs.secondOlder += ofFirst * second;
    pairs.firstOlder += ofSecond * first;
    pairs.tied += ofFirst * ofSecond;
    first += ofFirst;
    second += ofSecond;
  }
}

/** The sockets of a series in groups of the same age, among which nothing is known: ages are in ticks of the kernel's clock. */
export function byAge(series: Series): readonly Series[] {
  const groups: OrderedPort[][] = [];
  for (const socket of series) {
    const last = groups.at(-1);
    if (last?.[0]?.key === socket.key) last.push(socket);
    else groups.push([socket]);
  }
  return groups;
}

/** Steps from one socket to the next that are needed to judge them. Chosen, not measured. */
const MIN_STEPS = 5;
/**
 * Whether nearly each port is the next number after, or before, that of the socket before it: of both passes by turns.
 * `connect()` goes on by two at least (`__inet_hash_connect`).
 */
export function areConsecutive(all: readonly Series[]): boolean {
  let [steps, ones] = [0, 0];
  for (const series of all) {
    series.forEach(({ port, key }, index) => {
      const next = series[index + 1];
      if (next === undefined || next.key === key) return;
      steps += 1;
      if (Math.abs(next.port - port) === 1) ones += 1;
    });
  }
  return steps >= MIN_STEPS && ones >= AGREEMENT * steps;
}
