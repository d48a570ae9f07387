import type { PoolRow } from '../../../answers/overview/overview.ts';
import type { Sort } from './sort.ts';

/** Orders of everything that has a pool. */
export function poolSorts<Row>(poolOf: (row: Row) => PoolRow): readonly Sort<Row>[] {
  const by = (
    key: string,
    name: string,
    heading: string,
    isDescending: boolean,
    valueOf: (pool: PoolRow) => number | string | null,
  ): Sort<Row> => ({ key, name, heading, isDescending, valueOf: (row) => valueOf(poolOf(row)) });
  return [
    by('u', 'used', 'USED', true, (pool) => pool.usage_ratio),
    by('l', 'left', 'LEFT', false, (pool) => pool.available),
    by('h', 'held', 'HELD', true, (pool) => pool.held),
    by('t', 'time left', 'FULL IN', false, (pool) => pool.time_left_seconds),
    by('f', 'refused', 'REFUSED', true, (pool) => pool.refused),
    by('n', 'name', 'WHERE TO', false, (pool) => pool.name),
    by('w', 'who', 'WHO', false, (pool) => pool.owner),
  ];
}
