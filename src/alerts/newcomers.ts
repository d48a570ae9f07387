import type { History } from '../history/history.ts';
import { TopScores } from '../pools/tables/top-scores.ts';
import { type KindPools, scoreOf, SHARED_FIRST } from './followed-pools.ts';

/**
 * The pools that hold a port, are not followed and would find room in the history, `most` of them: those
 * that a namespace shares, then the fullest endpoints. The rest is looked at once and never stored. Undefined
 * where there is none. Each is kept as its index in `places` and its index in the view.
 */
export function findNewcomers(
  places: readonly KindPools[],
  history: History,
  most: number,
): TopScores | undefined {
  let newcomers: TopScores | undefined;
  const roomAbove = history.roomAbove();
  places.forEach(({ view, kind }, place) => {
    const { capacity, size } = view;
    for (let index = 0; index < size; index += 1) {
      const held = view.heldAt(index);
      if (held === 0 || view.ticketAt(index) !== 0) continue;
      const taken = view.takenAt(index);
      if ((capacity === 0 ? 1 : taken / capacity) <= roomAbove) continue;
      newcomers ??= new TopScores(most);
      const ranked = kind.rankedBy === 'held' ? held : taken;
      const score = scoreOf(capacity === 0 ? 1 : ranked / capacity, held);
      newcomers.offer(kind.isShared ? score + SHARED_FIRST : score, place, index);
    }
  });
  return newcomers;
}
