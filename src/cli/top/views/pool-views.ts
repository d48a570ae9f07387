import type { Overview, PoolRow } from '../../../answers/overview/overview.ts';
import { POOL_COLUMNS } from './pool-columns.ts';
import { poolDetail } from './pool-detail.ts';
import { poolSorts } from './pool-sorts.ts';
import { remedyLine, riskOf, socketsLine } from './pool-words.ts';
import { tableView } from './table-view.ts';

/** What both have in common. */
const POOLS = {
  columns: POOL_COLUMNS,
  sorts: poolSorts<PoolRow>((pool) => pool),
  idOf: ({ id }: PoolRow) => id,
  filterable: (pool: PoolRow) => pool,
  detail: poolDetail,
  remedy: (pool: PoolRow, overview: Overview) => remedyLine(riskOf(pool, overview)),
  proof: (pool: PoolRow, overview: Overview) => riskOf(pool, overview)?.proof ?? socketsLine(pool),
};

export const ENDPOINTS_VIEW = tableView<PoolRow>({
  ...POOLS,
  title: 'all endpoints',
  shortTitle: 'endpoints',
  empty: 'No connection holds a port of the range.',
  rowsOf: ({ endpoints }) => endpoints,
  omitted: ({ omitted_endpoints }) => omitted_endpoints,
});

export const SHARED_VIEW = tableView<PoolRow>({
  ...POOLS,
  title: 'UDP and bind',
  shortTitle: 'UDP, bind',
  empty: 'No pool that a network namespace shares is in use.',
  rowsOf: ({ shared }) => shared,
});
