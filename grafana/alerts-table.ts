import {
  ALERT,
  columns,
  ENDPOINT_QUERY,
  JOB,
  level,
  LOCAL_ADDRESS,
  PANEL,
  REMOTE_COLUMNS,
  SEVERITY,
  sortedBy,
  time,
  value,
  NAMESPACE_COLUMNS,
} from './columns.ts';
import { TO_ALERT_PANEL, withEndpointQuery } from './links.ts';
import { ALERT_PANEL } from './panel-ids.ts';
import { type PanelHeader, table, type TablePanel } from './panels.ts';
import { ENDPOINT_LABELS, only, type Scope, series } from './select.ts';

const LABELS = [...ENDPOINT_LABELS, 'alert', 'severity'];

/** PromQL: the alerts that fire, each with the label `panel`: the number of the panel that shows what it judges. */
function withPanel(scope: Scope): string {
  return Object.entries(ALERT_PANEL)
    .map(([alert, panel]) => {
      const firing = series('alert', scope, `alert="${alert}"`);
      return `label_replace(${firing}, "panel", "${panel}", "alert", ".*")`;
    })
    .join(' or ');
}

/** PromQL: when each alert that fires was first seen firing in the time range, in Unix milliseconds, the unit of
 * Grafana's dates. */
function firstFired(scope: Scope): string {
  const alert = series('alert', scope);
  return `1000 * min_over_time(timestamp(${alert})[$__range:$__interval]) and ${alert}`;
}

/** PromQL: the severity as a number, as in the risk level families, so that rows can be sorted by it. */
function severityNumber(scope: Scope): string {
  const of = (severity: string): string => series('alert', scope, `severity="${severity}"`);
  return `3 * ${of('critical')} or 2 * ${of('warning')} or 1 * ${of('info')}`;
}

/** A table of the alerts that fire, one per row; the link of a row opens the panel that shows what it judges. */
export function alertsTable(header: PanelHeader, scope: Scope): TablePanel {
  const linked = [...LABELS, 'panel', 'endpoint_query'];
  const panel = table(
    header,
    { expr: only(linked, withEndpointQuery(`(${withPanel(scope)})`)) },
    { expr: only(LABELS, firstFired(scope)) },
    { expr: only(LABELS, severityNumber(scope)) },
  );
  const since = time(1, 'First fired');
  const severity = { ...level(2), title: 'Severity' };
  const all = [
    severity,
    ALERT,
    ...NAMESPACE_COLUMNS,
    ...REMOTE_COLUMNS,
    LOCAL_ADDRESS,
    since,
    { ...value(0, 'Fires', 'none'), hidden: true } as const,
    JOB,
    PANEL,
    ENDPOINT_QUERY,
    SEVERITY,
  ];
  return sortedBy(columns(panel, all, [TO_ALERT_PANEL]), severity);
}
