import { alertsTable } from './alerts-table.ts';
import { toFleetPanel } from './links.ts';
import { LEVELS } from './styles.ts';
import { FLEET_PANELS, NODE_PANELS } from './panel-ids.ts';
import { type Section, stat, type StatPanel } from './panels.ts';
import { series } from './select.ts';

function number(
  id: number,
  title: string,
  description: string,
  unit: string,
  expr: string,
): StatPanel {
  return stat({ id, title, description, unit, size: [5, 4] }, { expr, legend: title });
}

function level(): StatPanel {
  const header = {
    id: NODE_PANELS.level,
    title: 'Risk level',
    description: 'The highest level that fires in the namespace.',
    unit: 'none',
    size: [4, 4],
  } as const;
  const expr = `max(${series('risk_level', 'namespace')})`;
  return stat(header, { expr, legend: 'level' }).mappings([LEVELS]);
}

function numbers(): readonly StatPanel[] {
  const endpoint = (name: string): string => series(name, 'endpoint');
  return [
    number(
      NODE_PANELS.available,
      'Available',
      'How many more ports the kernel would grant, to connect(), in the pool bind to bind(); of the pool with the fewest left where several are chosen.',
      'none',
      `min(${endpoint('endpoint_available')})`,
    ),
    number(
      NODE_PANELS.usage,
      'Used',
      'Share of the capacity that is used; of the fullest pool where several are chosen.',
      'percentunit',
      `max(${endpoint('endpoint_usage_ratio')})`,
    ),
    number(
      NODE_PANELS.peak,
      'Peak',
      'The highest share used in the history window of the exporter (history.window), peaks between two scrapes included.',
      'percentunit',
      `max(${endpoint('endpoint_usage_ratio_peak')})`,
    ),
    number(
      NODE_PANELS.timeLeft,
      'Time to exhaustion',
      'Forecast of when no port will be left; 0 when exhausted.',
      's',
      `min(${endpoint('endpoint_time_to_exhaustion_seconds')} < Inf)`,
    ).noValue('not heading there'),
  ];
}

/** The section with the numbers of this moment. */
export function nowSection(): Section {
  const alerts = alertsTable(
    {
      id: NODE_PANELS.firing,
      title: 'Alerts that fire in this namespace',
      description:
        'Alerts of all endpoints of the namespace. First fired: within the time range shown. A row leads to the panel that shows what the alert judges.',
      unit: 'none',
      size: [24, 6],
    },
    'namespace',
  ).links([toFleetPanel('Alerts of these nodes', FLEET_PANELS.alerts)]);
  return { id: NODE_PANELS.rowNow, title: 'Now', panels: [level(), ...numbers(), alerts] };
}
