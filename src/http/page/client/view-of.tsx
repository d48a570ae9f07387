import type { VNode } from 'preact';
import type { ParsedFilter } from '../../../answers/overview/filter.ts';
import type { Overview, PoolRow } from '../../../answers/overview/overview.ts';
import {
  filterableNamespace,
  filterablePool,
  filterablePort,
  filtered,
} from '../model/filterable.ts';
import { countText } from '../model/format.ts';
import { NAMESPACE_COLUMNS, PORT_COLUMNS } from '../model/other-columns.ts';
import { POOL_COLUMNS, SHARED_COLUMNS } from '../model/pool-columns.ts';
import { formatRoute, type Route } from '../model/route.ts';
import { RiskList } from './risk/risk-list.tsx';
import { RowsTable } from './table/rows-table.tsx';

interface ViewProps {
  readonly overview: Overview;
  readonly route: Route;
  readonly filter: ParsedFilter;
  readonly replace: (route: Route) => void;
}

/** The view that the URL names. */
export function ViewOf(props: ViewProps): VNode {
  switch (props.route.view) {
    case 'risk':
      return <Risks {...props} />;
    case 'endpoints':
      return <Endpoints {...props} />;
    case 'shared':
      return <Shared {...props} />;
    case 'namespaces':
      return <Namespaces {...props} />;
    case 'ports':
      return <Ports {...props} />;
  }
}

function Risks({ overview: { risks }, route, filter }: ViewProps): VNode {
  const shown = filtered(risks, filter, ({ pool }) => pool);
  return <RiskList risks={shown} total={risks.length} filter={route.filter} />;
}

function Endpoints({ overview, route, filter, replace }: ViewProps): VNode {
  const { endpoints, omitted_endpoints: omitted } = overview;
  const note =
    omitted > 0
      ? `the fullest ${countText(endpoints.length)}; ${countText(omitted)} more are not listed`
      : '';
  return (
    <RowsTable
      rows={endpoints}
      filterable={filterablePool}
      columns={POOL_COLUMNS}
      idOf={idOfPool}
      note={note}
      defaultOrder="used"
      linkOf={(row) => formatRoute({ ...route, id: row.id })}
      barOf={barOfPool}
      {...{ route, filter, replace }}
    />
  );
}

function Shared({ overview, route, filter, replace }: ViewProps): VNode {
  return (
    <RowsTable
      rows={overview.shared}
      filterable={filterablePool}
      columns={SHARED_COLUMNS}
      idOf={idOfPool}
      note=""
      defaultOrder="used"
      linkOf={(row) => formatRoute({ ...route, id: row.id })}
      barOf={barOfPool}
      {...{ route, filter, replace }}
    />
  );
}

function Namespaces({ overview, route, filter, replace }: ViewProps): VNode {
  return (
    <RowsTable
      rows={overview.namespaces}
      filterable={filterableNamespace}
      columns={NAMESPACE_COLUMNS}
      idOf={(row) => row.netns}
      note="the host first"
      defaultOrder=""
      linkOf={({ netns }) =>
        formatRoute({ view: 'endpoints', id: '', filter: `netns:${netns}`, sort: undefined })
      }
      {...{ route, filter, replace }}
    />
  );
}

function Ports({ overview, route, filter, replace }: ViewProps): VNode {
  return (
    <RowsTable
      rows={overview.ports}
      filterable={filterablePort}
      columns={PORT_COLUMNS}
      idOf={(row) => `${row.netns} ${row.status} ${row.ports}`}
      note="what is in trouble first"
      defaultOrder=""
      {...{ route, filter, replace }}
    />
  );
}

function idOfPool({ id }: PoolRow): string {
  return id;
}

function barOfPool(row: PoolRow): PoolRow {
  return row;
}
