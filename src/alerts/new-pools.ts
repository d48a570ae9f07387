import { capacityRatio } from '../pools/capacity-ratio.ts';
import type { History } from '../history/history.ts';
import type { PoolView } from '../pools/pool-view.ts';
import { TopScores } from '../pools/tables/top-scores.ts';
import { FAILED_FIRST, type KindPools, scoreOf, SHARED_FIRST } from './followed-pools.ts';

/**
 * The pools that hold a port, or had none to give, and are not followed, but would get a row of the history: first those
 * that had none to give, then those that a namespace shares, then the fullest endpoints, `most` at most. Where there are
 * more, each namespace has its share: many full pools of one do not hide those of another. Each is an index in `places` and
 * an index in the view there; undefined where there is none, as at most polls.
 */
export function findNewPools(
  places: readonly KindPools[],
  history: History,
  most: number,
): TopScores | undefined {
  const counts = new Map<number, number>();
  for (const pools of places) {
    const count = countNew(pools, history);
    const { namespaceId } = pools;
    if (count > 0) counts.set(namespaceId, (counts.get(namespaceId) ?? 0) + count);
  }
  if (counts.size === 0) return undefined;
  const share = fairShare([...counts.values()], most);
  const found = new Map(
    Array.from(counts, ([id, count]) => [id, new TopScores(Math.min(count, share))] as const),
  );
  places.forEach((pools, place) => {
    const scores = found.get(pools.namespaceId);
    if (scores !== undefined) offerNew(pools, place, history, scores);
  });
  return merged([...found.values()], most);
}

/** How many new pools there are that may be followed. */
function countNew({ view, namespaceId }: KindPools, history: History): number {
  const minRatioToFollow = history.minRatioToFollow(namespaceId);
  const { size } = view;
  let count = 0;
  for (let index = 0; index < size; index += 1) {
    if (isNew(view, index, minRatioToFollow)) count += 1;
  }
  return count;
}

function offerNew(pools: KindPools, place: number, history: History, scores: TopScores): void {
  const { view, namespaceId } = pools;
  const minRatioToFollow = history.minRatioToFollow(namespaceId);
  const { size } = view;
  for (let index = 0; index < size; index += 1) {
    if (isNew(view, index, minRatioToFollow)) scores.offer(scoreIn(pools, index), place, index);
  }
}

function isNew(view: PoolView, index: number, minRatioToFollow: number): boolean {
  if (view.ticketAt(index) !== 0) return false;
  if (view.hasFailedAt(index)) return true;
  if (view.heldAt(index) === 0) return false;
  return capacityRatio(view.takenAt(index), view.capacity) > minRatioToFollow;
}

function scoreIn({ view, kind }: KindPools, index: number): number {
  const held = view.heldAt(index);
  const ranked = kind.rankedBy === 'held' ? held : view.takenAt(index);
  const ratio = capacityRatio(ranked, view.capacity);
  const score = scoreOf(ratio, held) + (view.hasFailedAt(index) ? FAILED_FIRST : 0);
  return kind.isShared ? score + SHARED_FIRST : score;
}

/** The most that each may have, so that all together have `most` at most: those that need less leave it to the others. */
function fairShare(needs: readonly number[], most: number): number {
  let left = most;
  for (const [index, need] of needs.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (needs.length - index));
    if (need > share) return share;
    left -= need;
  }
  return most;
}

function merged(all: readonly TopScores[], most: number): TopScores {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const sum = new TopScores(most);
  for (const each of all) {
    each.forEach((place, index, score) => {
      sum.offer(score, place, index);
    });
  }
  return sum;
}
