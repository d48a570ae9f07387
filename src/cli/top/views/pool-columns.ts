import type { PoolRow } from '../../../answers/overview/overview.ts';
import { bar } from '../draw/bar.ts';
import { type Tone, toneOfRisk } from '../draw/paint.ts';
import type { Column } from '../draw/table.ts';
import { grouped } from '../draw/text.ts';
import { hasHalf } from './pool-detail.ts';
import { timeLeft, used, whereToIn, who } from './pool-words.ts';

const byRisk = ({ risk_level }: PoolRow): Tone => toneOfRisk(risk_level);

/** Empty for what is not there: a column of zeros hides the one that is not. */
function unlessZero(count: number | null): string {
  return count === null || count === 0 ? '' : grouped(count);
}

const NUMBER = { width: 7, align: 'right' } as const;

/** The columns of pools: what was asked for first stays longest on a narrow terminal. */
export const POOL_COLUMNS: readonly Column<PoolRow>[] = [
  { heading: 'WHERE TO', width: 30, grows: 4, rank: 0, cell: whereToIn, tone: byRisk },
  { heading: 'WHO', width: 16, grows: 1, rank: 3, cell: who },
  { heading: 'NETNS', width: 23, grows: 1, rank: 9, cell: ({ namespace }) => namespace },
  {
    heading: '',
    width: 10,
    grows: 1,
    rank: 4,
    cell: () => '',
    draw: (pool, width, paint) => bar(pool, width, byRisk(pool), paint, hasHalf(pool)),
  },
  { ...NUMBER, heading: 'USED', rank: 1, cell: used, tone: byRisk },
  {
    ...NUMBER,
    heading: 'LEFT',
    rank: 0,
    cell: ({ available }) => grouped(available),
    tone: byRisk,
  },
  { ...NUMBER, heading: 'HELD', rank: 5, cell: ({ held }) => grouped(held) },
  {
    ...NUMBER,
    width: 9,
    heading: 'TIME_WAIT',
    rank: 7,
    cell: (pool) => unlessZero(pool.time_wait),
  },
  { ...NUMBER, width: 6, heading: 'ESTAB', rank: 8, cell: (pool) => unlessZero(pool.established) },
  { ...NUMBER, width: 8, heading: 'FULL IN', rank: 2, cell: timeLeft, tone: byRisk },
  { ...NUMBER, width: 8, heading: 'REFUSED', rank: 6, cell: (pool) => unlessZero(pool.refused) },
];
