import type { History } from '../history/history.ts';
import type { PoolKindEntry } from '../pools/kinds.ts';
import type { PoolView } from '../pools/pool-view.ts';
import { TopScores } from '../pools/tables/top-scores.ts';

/** The pools of one kind in one namespace. */
export interface KindPools {
  readonly namespaceId: number;
  readonly kind: PoolKindEntry;
  readonly view: PoolView;
}

/** Above any score of an endpoint. */
const SHARED_FIRST = 2 ** 50;

/** A usage ratio and a number of held ports as one number: of equal ratios more held ports win. */
export function scoreOf(ratio: number, held: number): number {
  return Math.floor(ratio * 2 ** 32) * 2 ** 16 + held;
}

/**
 * The pools that hold a port, are not followed and would find room in the history, `most` of them: those
 * that a namespace shares, then the fullest endpoints. The rest is looked at once and never stored. Undefined
 * where there is none. Each is kept as its index in `all` and its index in the view.
 */
export function findNewcomers(
  all: readonly KindPools[],
  history: History,
  most: number,
): TopScores | undefined {
  let newcomers: TopScores | undefined;
  all.forEach(({ view, kind }, at) => {
    const { capacity, size } = view;
    for (let index = 0; index < size; index += 1) {
      const held = view.heldAt(index);
      if (held === 0 || view.ticketAt(index) !== 0) continue;
      const taken = view.takenAt(index);
      if (!history.hasRoomFor(capacity === 0 ? 1 : taken / capacity)) continue;
      newcomers ??= new TopScores(most);
      const ranked = kind.rankedBy === 'held' ? held : taken;
      const score = scoreOf(capacity === 0 ? 1 : ranked / capacity, held);
      newcomers.offer(kind.isShared ? score + SHARED_FIRST : score, at, index);
    }
  });
  return newcomers;
}
