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

/** The alerts that fire, with the panel that each judges as a label. */
function withPanel(scope: Scope): string {
  return Object.entries(ALERT_PANEL)
    .map(([alert, panel]) => {
      const firing = series('alert', scope, `alert="${alert}"`);
      return `label_replace(${firing}, "panel", "${panel}", "alert", ".*")`;
    })
    .join(' or ');
}

/** Unix time in milliseconds, as Grafana's dates want it. */
function firstFired(scope: Scope): string {
  const alert = series('alert', scope);
  return `1000 * min_over_time(timestamp(${alert})[$__range:$__interval]) and ${alert}`;
}

/** The severity as a number, so that the worst can be first. */
function severityNumber(scope: Scope): string {
  const of = (severity: string): string => series('alert', scope, `severity="${severity}"`);
  return `3 * ${of('critical')} or 2 * ${of('warning')} or 1 * ${of('info')}`;
}

/** Who fires, towards what, since when; each row leads to the panel that shows it. */
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
