import { alertsTable } from './alerts-table.ts';
import {
  columns,
  ENDPOINT_QUERY,
  JOB,
  level,
  LOCAL_ADDRESS,
  REMOTE_COLUMNS,
  sortedBy,
  time,
  value,
  NAMESPACE_COLUMNS,
} from './columns.ts';
import { TO_ENDPOINT, withEndpointQuery } from './links.ts';
import { colorAboveZero, colorStyle } from './styles.ts';
import { FLEET_PANELS } from './panel-ids.ts';
import {
  levels,
  type Section,
  stat,
  type StateTimelinePanel,
  type StatPanel,
  table,
  type TablePanel,
} from './panels.ts';
import { count, ENDPOINT_LABELS, only, series } from './select.ts';

const ALERT = series('alert', 'fleet');
const LEVEL = series('endpoint_risk_level', 'fleet');
const AT_RISK = `${LEVEL} > 0`;
const NAMESPACE_LEVEL = series('risk_level', 'fleet');
const THRESHOLDS = `${series('alert_threshold_ratio', 'fleet')} or ${series('alert_threshold_seconds', 'fleet')}`;

function alertsFiring(): StatPanel {
  const panel = stat(
    {
      id: FLEET_PANELS.alertsFiring,
      title: 'Alerts firing',
      description:
        "Alerts that fire by the exporters' own evaluation, by severity. 0 where none does; no number where no exporter answers.",
      unit: 'none',
      size: [9, 4],
    },
    {
      expr: `count by (severity) (${ALERT}) or 0 * max by (severity) (${THRESHOLDS})`,
      legend: '{{severity}}',
    },
  ).thresholds(colorAboveZero('text'));
  for (const [severity, color] of [
    ['info', 'blue'],
    ['warning', 'orange'],
    ['critical', 'red'],
  ] as const) {
    panel.overrideByName(severity, [...colorStyle(severity, color).properties]);
  }
  return panel;
}

function nodesAtRisk(): StatPanel {
  return stat(
    {
      id: FLEET_PANELS.nodesAtRisk,
      title: 'Nodes at risk',
      description: 'Exporters in whose namespaces any alert fires.',
      unit: 'none',
      size: [5, 4],
    },
    { expr: count(`max by (job, instance) (${NAMESPACE_LEVEL}) > 0`), legend: 'nodes' },
  ).thresholds(colorAboveZero('orange'));
}

function endpointsAtRisk(): StatPanel {
  return stat(
    {
      id: FLEET_PANELS.endpointsAtRisk,
      title: 'Endpoints at risk',
      description:
        'Exported endpoints for which any alert fires; bound addresses and whole ranges too.',
      unit: 'none',
      size: [5, 4],
    },
    { expr: count(AT_RISK), legend: 'endpoints' },
  ).thresholds(colorAboveZero('orange'));
}

function leastTime(): StatPanel {
  return stat(
    {
      id: FLEET_PANELS.leastTime,
      title: 'Least time to exhaustion',
      description:
        'The nearest forecast of all exported endpoints: 0 when one is exhausted. Endpoints that are not heading there do not count.',
      unit: 's',
      size: [5, 4],
    },
    {
      expr: `min(${series('endpoint_time_to_exhaustion_seconds', 'fleet')} < Inf)`,
      legend: 'time',
    },
  ).noValue('none is heading there');
}

/**
 * Since when each endpoint is at risk, in Unix milliseconds: the last moment of the time range without risk; where
 * there was none, the first with it.
 */
const SINCE = [
  `1000 * (max_over_time(timestamp(${LEVEL} == 0)[$__range:$__interval])`,
  `or min_over_time(timestamp(${AT_RISK})[$__range:$__interval]))`,
  `and (${AT_RISK})`,
].join(' ');

/** The values of one metric, of the endpoints at risk only. */
function atRisk(name: string): { readonly expr: string } {
  return { expr: only(ENDPOINT_LABELS, `${series(name, 'fleet')} and (${AT_RISK})`) };
}

function endpointsTable(): TablePanel {
  const timeLeft = series('endpoint_time_to_exhaustion_seconds', 'fleet');
  const panel = table(
    {
      id: FLEET_PANELS.atRisk,
      title: 'Endpoints at risk',
      description:
        'Who, where to, how many ports are left, when they run out, since when. Time left is empty where it is not heading there. Since: within the time range shown. A row leads to its node.',
      unit: 'none',
      size: [24, 9],
    },
    {
      expr: only([...ENDPOINT_LABELS, 'endpoint_query'], withEndpointQuery(`(${AT_RISK})`)),
    },
    atRisk('endpoint_held'),
    atRisk('endpoint_available'),
    atRisk('endpoint_usage_ratio'),
    { expr: only(ENDPOINT_LABELS, `(${timeLeft} < Inf) and (${AT_RISK})`) },
    { expr: only(ENDPOINT_LABELS, SINCE) },
  );
  const all = [
    level(0),
    ...NAMESPACE_COLUMNS,
    ...REMOTE_COLUMNS,
    value(1, 'Held', 'none'),
    value(2, 'Available', 'none'),
    value(3, 'Used', 'percentunit'),
    value(4, 'Time left', 's'),
    time(5, 'Since'),
    LOCAL_ADDRESS,
    JOB,
    ENDPOINT_QUERY,
  ];
  return sortedBy(columns(panel, all, [TO_ENDPOINT]), level(0));
}

function levelsOverTime(): StateTimelinePanel {
  const worst = `max by (instance) (max_over_time(${NAMESPACE_LEVEL}[$__range] @ end()))`;
  return levels(
    {
      id: FLEET_PANELS.levels,
      title: 'Risk by node',
      description:
        'The highest level that fired on each node, over time: since when. Nodes where nothing fired in this time are left out.',
      unit: 'none',
      size: [24, 7],
    },
    {
      expr: `max by (instance) (${NAMESPACE_LEVEL}) and on (instance) (${worst} > 0)`,
      legend: '{{instance}}',
    },
  ).noValue('Nothing was at risk.');
}

/** The section that answers whether anything is at risk. */
export function riskSection(): Section {
  const alerts = alertsTable(
    {
      id: FLEET_PANELS.alerts,
      title: 'Alerts that fire',
      description:
        'Alerts as the exporters judge them. First fired: within the time range shown. A row leads to the panel that shows what the alert judges.',
      unit: 'none',
      size: [24, 8],
    },
    'fleet',
  );
  return {
    id: FLEET_PANELS.rowRisk,
    title: 'Is anything at risk?',
    panels: [
      alertsFiring(),
      nodesAtRisk(),
      endpointsAtRisk(),
      leastTime(),
      endpointsTable(),
      alerts,
      levelsOverTime(),
    ],
  };
}
