import { columns, INSTANCE, JOB, sortedBy, value } from './columns.ts';
import { colorAboveZero } from './styles.ts';
import { FLEET_PANELS } from './panel-ids.ts';
import {
  lines,
  type Section,
  stat,
  type StatPanel,
  table,
  type TablePanel,
  type TimeseriesPanel,
} from './panels.ts';
import { count, only, plain, series } from './select.ts';

/** Seconds since the last good poll. */
const AGE = `time() - ${series('poll_last_success_timestamp_seconds', 'fleet')}`;

/** Seconds after which the exporter withholds the values of its last good poll. */
const TOO_OLD = `clamp_min(3 * ${series('poll_interval_seconds', 'fleet')}, 30)`;

/**
 * `up` of the targets whose job had an exporter in the time range. While all jobs are chosen, `up` also has the
 * targets of other programs.
 */
const UP = `${plain('up', 'fleet')} and on (job) group by (job) (last_over_time(${series('build_info', 'fleet')}[$__range]))`;

function number(id: number, title: string, description: string, expr: string): StatPanel {
  const header = { id, title, description, unit: 'none', size: [6, 4] } as const;
  return stat(header, { expr, legend: title }).thresholds(colorAboveZero('orange'));
}

function numbers(): readonly StatPanel[] {
  return [
    number(
      FLEET_PANELS.blind,
      'Down or stale',
      'Exporters that Prometheus cannot scrape, and those whose last good poll is older than three intervals and than 30 s.',
      `count((${UP}) == 0 or (${AGE} > ${TOO_OLD})) or vector(0)`,
    ),
    number(
      FLEET_PANELS.denied,
      'Namespaces not read',
      'Network namespaces that the exporters could not read (deploy/README.md, Privileges), and those beyond namespaces.limit, which they only count.',
      `sum(${series('netns', 'fleet', 'result=~"denied|unwatched"')})`,
    ),
    number(
      FLEET_PANELS.reloadFailed,
      'Reloads failed',
      'Exporters whose configuration was bad when it was last read: the one before is in force.',
      count(`${series('config_last_reload_successful', 'fleet')} == 0`),
    ),
    number(
      FLEET_PANELS.omittedAtRisk,
      'Omitted at risk',
      'Endpoints for which an alert fires and that have no series of their own (endpoints.limit_at_risk).',
      `sum(${series('endpoints_omitted_at_risk', 'fleet')})`,
    ),
  ];
}

const LABELS = ['job', 'instance'];

function exporters(): TablePanel {
  const of = (expression: string): { readonly expr: string } => ({
    expr: only(LABELS, expression),
  });
  const panel = table(
    {
      id: FLEET_PANELS.exporters,
      title: 'Exporters',
      description:
        'Each exporter: whether it is scraped, the age of its last good poll and how long that took, and what it could not read, apply or show.',
      unit: 'none',
      size: [16, 8],
    },
    { expr: only([...LABELS, 'version'], series('build_info', 'fleet')) },
    of(AGE),
    { expr: `max by (job, instance) (${series('poll_duration_seconds', 'fleet')})` },
    of(series('netns', 'fleet', 'result="scanned"')),
    of(series('netns', 'fleet', 'result="denied"')),
    of(`1 - ${series('config_last_reload_successful', 'fleet')}`),
    of(series('endpoints_omitted_at_risk', 'fleet')),
    of(UP),
  );
  const age = value(1, 'Last poll', 's');
  const all = [
    INSTANCE,
    value(7, 'Up', 'bool_yes_no'),
    { field: 'version', title: 'Version', width: 90 },
    age,
    value(2, 'Poll took', 's'),
    value(3, 'Namespaces', 'none'),
    value(4, 'Denied', 'none'),
    value(5, 'Reload failed', 'bool_yes_no'),
    value(6, 'Omitted', 'none'),
    { ...value(0, 'Runs', 'none'), hidden: true } as const,
    JOB,
  ];
  return sortedBy(columns(panel, all), age);
}

function leftOut(): TimeseriesPanel {
  const rate = (name: string): string => `rate(${series(name, 'fleet')}[$__rate_interval])`;
  return lines(
    {
      id: FLEET_PANELS.leftOut,
      title: 'Polls and rows left out',
      description:
        'Polls that were skipped because the one before took too long, and socket rows that were skipped because they were cut or malformed, per second.',
      unit: 'cps',
      size: [8, 8],
    },
    {
      expr: `sum by (instance, reason) (${rate('polls_skipped_total')})`,
      legend: '{{instance}} polls: {{reason}}',
    },
    {
      expr: `sum by (instance, source) (${rate('parse_errors_total')})`,
      legend: '{{instance}} rows: {{source}}',
    },
  );
}

/** The section about the exporters themselves. */
export function healthSection(): Section {
  return {
    id: FLEET_PANELS.rowHealth,
    title: 'Do the exporters see everything?',
    panels: [...numbers(), exporters(), leftOut()],
  };
}
