import {
  columns,
  ENDPOINT_QUERY,
  JOB,
  LOCAL_ADDRESS,
  REMOTE_COLUMNS,
  sortedBy,
  value,
  NAMESPACE_COLUMNS,
} from './columns.ts';
import { TO_ENDPOINT, TO_NAMESPACE, withEndpointQuery } from './links.ts';
import { FLEET_PANELS } from './panel-ids.ts';
import { type Section, table, type TablePanel } from './panels.ts';
import { ENDPOINT_LABELS, NAMESPACE_LABELS, only, REMOTE_LABELS, series } from './select.ts';

/** Rows of the tables that could have one for each endpoint: two to three times what they show without scrolling. */
const ROWS = 20;

function worstNamespace(): TablePanel {
  const labels = [...NAMESPACE_LABELS, 'protocol'].join(', ');
  const worst = `max by (${labels}) (${series('worst_usage_ratio', 'fleet')})`;
  const panel = table(
    {
      id: FLEET_PANELS.worstNamespace,
      title: 'Worst namespace of each node',
      description:
        'The namespace whose fullest endpoint has used most of its ports, exported or not. A row leads to it.',
      unit: 'none',
      size: [12, 8],
    },
    { expr: `topk by (job, instance) (1, ${worst})` },
  );
  const used = value(0, 'Used', 'percentunit');
  const all = [
    ...NAMESPACE_COLUMNS,
    { field: 'protocol', title: 'Protocol', width: 85 },
    used,
    JOB,
  ];
  return sortedBy(columns(panel, all.map(single), [TO_NAMESPACE]), used);
}

/** Grafana calls the value of a table with a single query `Value`, without a letter. */
function single<C extends { readonly field: string }>(column: C): C {
  return column.field === 'Value #A' ? { ...column, field: 'Value' } : column;
}

const HELD = series('endpoint_held', 'fleet', 'remote_address!=""');

function sameRemote(): TablePanel {
  const by = `by (${REMOTE_LABELS.join(', ')})`;
  const on = `and on (${REMOTE_LABELS.join(', ')}) topk(${ROWS}, sum ${by} (${HELD}))`;
  const nodes = `count ${by} (count by (instance, ${REMOTE_LABELS.join(', ')}) (${HELD}))`;
  const ratio = series('endpoint_usage_ratio', 'fleet', 'remote_address!=""');
  const panel = table(
    {
      id: FLEET_PANELS.sameRemote,
      title: 'The same remote endpoint across nodes',
      description:
        'Ports held towards each remote endpoint by all nodes together, and from how many nodes and namespaces: many at once point to the remote end.',
      unit: 'none',
      size: [12, 8],
    },
    { expr: `${nodes} ${on}` },
    { expr: `count ${by} (${HELD}) ${on}` },
    { expr: `sum ${by} (${HELD}) ${on}` },
    { expr: `max ${by} (${ratio}) ${on}` },
  );
  const held = value(2, 'Held', 'none');
  const all = [
    ...REMOTE_COLUMNS,
    value(0, 'Nodes', 'none'),
    value(1, 'Sources', 'none'),
    held,
    value(3, 'Worst used', 'percentunit'),
  ];
  return sortedBy(columns(panel, all), held);
}

/**
 * The endpoints that hold most ports. The pools bind and range are left out: their ports are those of connect pools and
 * of listeners, and would be there twice.
 */
const TOP = `topk(${ROWS}, ${series('endpoint_held', 'fleet', 'pool=~"connect|udp|sctp"')})`;

/** The values of one metric, of the endpoints that hold most ports only. */
function ofTop(name: string): { readonly expr: string } {
  return { expr: only(ENDPOINT_LABELS, `${series(name, 'fleet')} and ${TOP}`) };
}

function topConsumers(): TablePanel {
  const panel = table(
    {
      id: FLEET_PANELS.topConsumers,
      title: 'Top consumers',
      description:
        'The endpoints that hold most ports, at risk or not; UDP and SCTP too, without bind and range, whose ports are among them. A row leads to its node.',
      unit: 'none',
      size: [24, 9],
    },
    { expr: only([...ENDPOINT_LABELS, 'endpoint_query'], withEndpointQuery(TOP)) },
    ofTop('endpoint_available'),
    ofTop('endpoint_usage_ratio'),
    ofTop('endpoint_usage_ratio_peak'),
  );
  const held = value(0, 'Held', 'none');
  const all = [
    ...NAMESPACE_COLUMNS,
    ...REMOTE_COLUMNS,
    held,
    value(1, 'Available', 'none'),
    value(2, 'Used', 'percentunit'),
    value(3, 'Peak', 'percentunit'),
    LOCAL_ADDRESS,
    JOB,
    ENDPOINT_QUERY,
  ];
  return sortedBy(columns(panel, all, [TO_ENDPOINT]), held);
}

/** The section that answers where ports are held, and towards what. */
export function whereSection(): Section {
  return {
    id: FLEET_PANELS.rowWhere,
    title: 'Where, and towards what?',
    panels: [worstNamespace(), sameRemote(), topConsumers()],
  };
}
