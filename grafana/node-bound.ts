import { toFleetPanel } from './links.ts';
import { FLEET_PANELS, NODE_PANELS } from './panel-ids.ts';
import {
  lines,
  thresholdLines,
  type TimeseriesPanel,
  withStyles,
  withThresholdLines,
} from './panels.ts';
import { NAMESPACE_LABELS, series } from './select.ts';
import { limitStyle, ofEachPool } from './styles.ts';

/** The selector of one metric for the namespace that the variables choose. */
const of = (name: string, ...matchers: readonly string[]): string =>
  series(name, 'namespace', ...matchers);

const ALERTS_LINK = toFleetPanel('Alerts of these nodes', FLEET_PANELS.alerts);

/** The pools of local addresses that programs bind, and of the whole range. */
const BIND = 'pool="bind"';
const RANGE = 'pool="range"';

/** The labels by which a namespace's series of several metrics are matched. */
const NAMESPACE = NAMESPACE_LABELS.join(', ');

/** The share of the ports that is taken for `bind()` on the wildcard addresses, which have no endpoint series. */
const WILDCARD_USAGE = [
  `1 - ${of('autobind_available', 'protocol="tcp"')}`,
  `/ on (${NAMESPACE}) group_left ()`,
  `clamp_min(${of('range_size')} - ${of('reserved')}, 1)`,
].join(' ');

function bindPorts(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.bindPorts,
      title: 'Bound addresses: held and available',
      description:
        'Local addresses at which programs bind without a port before they connect. Each has one budget, whatever the destinations: held are the ports that a bind() cannot get there. At 0 available bind() fails with EADDRINUSE.',
      unit: 'none',
      size: [8, 9],
    },
    { expr: of('endpoint_held', BIND), legend: '{{pool}} {{local_address}} held' },
    { expr: of('endpoint_available', BIND), legend: '{{pool}} {{local_address}} available' },
    { expr: `max by (pool) (${of('endpoint_capacity', BIND)})`, legend: '{{pool}} capacity' },
  );
  return withStyles(panel, [ofEachPool(limitStyle('capacity'))]);
}

function bindUsage(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.bindUsage,
      title: 'bind() without a port: used',
      description:
        'Share of the ports that is taken for bind() on each local address at which programs bind, and on 0.0.0.0 and ::, against the thresholds of EphemeralPortsBindExhaustion in force: info is for 0.0.0.0 and :: alone, the others for the addresses.',
      unit: 'percentunit',
      size: [8, 9],
    },
    { expr: of('endpoint_usage_ratio', BIND), legend: '{{pool}} {{local_address}}' },
    { expr: WILDCARD_USAGE, legend: 'bind {{local_address}}' },
    thresholdLines('ratio', 'EphemeralPortsBindExhaustion'),
  ).links([ALERTS_LINK]);
  return withThresholdLines(panel);
}

function rangeUsage(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.rangeUsage,
      title: 'Range owned by listeners and binds',
      description:
        'Share of the range, without what is reserved, that a bind() owns, against the thresholds of EphemeralPortsRangeBlocked in force. At 1 connect() fails with EADDRNOTAVAIL, whatever its destination.',
      unit: 'percentunit',
      size: [8, 9],
    },
    { expr: of('endpoint_usage_ratio', RANGE), legend: '{{pool}}' },
    { expr: of('endpoint_usage_ratio_peak', RANGE), legend: '{{pool}} peak' },
    thresholdLines('ratio', 'EphemeralPortsRangeBlocked'),
  ).links([ALERTS_LINK]);
  return withThresholdLines(panel);
}

/** The panels about programs that bind before they connect, and about what listeners and binds own. */
export function boundPanels(): readonly TimeseriesPanel[] {
  return [bindPorts(), bindUsage(), rangeUsage()];
}
