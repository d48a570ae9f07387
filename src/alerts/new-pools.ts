import type { History } from '../history/history.ts';
import { TopScores } from '../pools/tables/top-scores.ts';
import { type KindPools, scoreOf, SHARED_FIRST } from './followed-pools.ts';

/**
 * The pools that hold a port and are not followed, but would get a row of the history: first those that a namespace
 * shares, then the fullest endpoints, `most` at most. Each is an index in `places` and an index in the view there;
 * undefined where there is none, as at most polls.
 */
export function findNewPools(
  places: readonly KindPools[],
  history: History,
  most: number,
): TopScores | undefined {
  let found: TopScores | undefined;
  const minRatioToFollow = history.minRatioToFollow();
  places.forEach(({ view, kind }, place) => {
    const { capacity, size } = view;
    for (let index = 0; index < size; index += 1) {
      const held = view.heldAt(index);
      if (held === 0 || view.ticketAt(index) !== 0) continue;
      const taken = view.takenAt(index);
      if ((capacity === 0 ? 1 : taken / capacity) <= minRatioToFollow) continue;
      found ??= new TopScores(most);
      const ranked = kind.rankedBy === 'held' ? held : taken;
      const score = scoreOf(capacity === 0 ? 1 : ranked / capacity, held);
      found.offer(kind.isShared ? score + SHARED_FIRST : score, place, index);
    }
  });
  return found;
}
