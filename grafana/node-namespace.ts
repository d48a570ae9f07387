import { VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import {
  columns,
  ENDPOINT_QUERY,
  INSTANCE,
  JOB,
  level,
  LOCAL_ADDRESS,
  NETNS,
  POD,
  POD_NAMESPACE,
  REMOTE_COLUMNS,
  sortedBy,
  value,
} from './columns.ts';
import { TO_ENDPOINT, toFleetPanel, withEndpointQuery } from './links.ts';
import { boundPanels } from './node-bound.ts';
import { limitStyle } from './styles.ts';
import { FLEET_PANELS, NODE_PANELS } from './panel-ids.ts';
import {
  lines,
  type Section,
  stat,
  type StatPanel,
  table,
  type TablePanel,
  thresholdLines,
  type TimeseriesPanel,
  withStyles,
  withThresholdLines,
} from './panels.ts';
import { ENDPOINT_LABELS, NAMESPACE_LABELS, only, series } from './select.ts';

/** The selector of one metric for the namespace that the variables choose. */
const of = (name: string, ...matchers: readonly string[]): string =>
  series(name, 'namespace', ...matchers);

const ALERTS_LINK = toFleetPanel('Alerts of these nodes', FLEET_PANELS.alerts);

/** Pools that all sockets of a protocol share, and the series of those protocols in a namespace. */
const SHARED_POOLS = 'pool=~"udp|sctp"';
const SHARED_PROTOCOLS = 'protocol=~"udp|sctp"';

function range(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.range,
      title: 'What blocks the range',
      description:
        'The ports of the range; those the administrator reserved; those a bind() owns, of a listener or before a connect(), so that connect() can use them for no destination: the pool range holds them; and what is left as capacity, to every destination. TCP.',
      unit: 'none',
      size: [8, 9],
    },
    { expr: of('range_size'), legend: 'range' },
    { expr: of('reserved'), legend: 'reserved' },
    { expr: of('blocked', 'protocol="tcp"'), legend: 'blocked' },
    { expr: of('capacity', 'protocol="tcp"'), legend: 'capacity' },
  );
  return withStyles(panel, [limitStyle('range')]);
}

function hazards(): StatPanel {
  return stat(
    {
      id: NODE_PANELS.hazards,
      title: 'Hazards',
      description:
        'Conditions that cost ports or lead to errors: listeners in the range, connections to oneself, a range whose ends have the same parity, a range over service ports, a range that is not the host’s.',
      unit: 'none',
      size: [8, 9],
    },
    { expr: of('hazard'), legend: '{{hazard}}' },
  )
    .orientation(VizOrientation.Horizontal)
    .noValue('none');
}

function autobind(): TimeseriesPanel {
  return lines(
    {
      id: NODE_PANELS.autobind,
      title: 'Left where there is no destination',
      description:
        'Ports the kernel could still pick by family: tcp for a bind(0) on a wildcard address, udp for any unbound socket. EphemeralPortsUdpExhaustion judges the second.',
      unit: 'none',
      size: [8, 9],
    },
    { expr: of('autobind_available'), legend: '{{protocol}} {{local_address}}' },
  );
}

function sharedPoolsHeld(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.sharedPoolsHeld,
      title: 'UDP and SCTP: ports held',
      description:
        'Both have one pool for all destinations: UDP one for each family, SCTP one for both together. SCTP only where the namespace uses it.',
      unit: 'none',
      size: [8, 9],
    },
    { expr: of('endpoint_held', SHARED_POOLS), legend: '{{pool}} {{local_address}}' },
    { expr: `max(${of('capacity', SHARED_PROTOCOLS)})`, legend: 'capacity' },
  );
  return withStyles(panel, [limitStyle('capacity')]);
}

function sharedPoolsUsage(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.sharedPoolsUsage,
      title: 'UDP and SCTP: used',
      description:
        'Share of the pool that is used, for UDP of the fuller family, against the thresholds of EphemeralPortsUdpExhaustion in force. SCTP is judged by those of EphemeralPortsExhaustion.',
      unit: 'percentunit',
      size: [8, 9],
    },
    { expr: of('worst_usage_ratio', SHARED_PROTOCOLS), legend: '{{protocol}}' },
    thresholdLines('ratio', 'EphemeralPortsUdpExhaustion'),
  ).links([ALERTS_LINK]);
  return withThresholdLines(panel);
}

function servicePorts(): TimeseriesPanel {
  return lines(
    {
      id: NODE_PANELS.servicePorts,
      title: 'Service ports',
      description:
        'Known service ports: safe, outside the range or reserved; exposed, so that connect() may give them to a client while their service is down; taken, so that the service cannot start. For a taken one: the port, and the connection that has it.',
      unit: 'none',
      size: [24, 6],
    },
    { expr: of('service_ports'), legend: '{{status}}' },
    {
      expr: of('service_port_taken'),
      legend: 'port {{port}}: {{local_address}} → {{remote_address}} port {{remote_port}}',
    },
  );
}

function endpointTable(): TablePanel {
  const linked = [...ENDPOINT_LABELS, 'endpoint_query'];
  const panel = table(
    {
      id: NODE_PANELS.endpointTable,
      title: 'Endpoints of this namespace',
      description:
        'Every exported endpoint of the namespace. A row chooses it for the panels above.',
      unit: 'none',
      size: [24, 8],
    },
    { expr: only(linked, withEndpointQuery(of('endpoint_risk_level'))) },
    { expr: only(ENDPOINT_LABELS, of('endpoint_held')) },
    { expr: only(ENDPOINT_LABELS, of('endpoint_available')) },
    { expr: only(ENDPOINT_LABELS, of('endpoint_usage_ratio')) },
  );
  const used = value(3, 'Used', 'percentunit');
  const held = value(1, 'Held', 'none');
  const all = [
    level(0),
    ...REMOTE_COLUMNS,
    LOCAL_ADDRESS,
    held,
    value(2, 'Available', 'none'),
    used,
  ];
  const forLinks = [INSTANCE, POD_NAMESPACE, POD, NETNS, ENDPOINT_QUERY].map(
    (column) => ({ ...column, hidden: true }) as const,
  );
  return sortedBy(columns(panel, [...all, ...forLinks, JOB], [TO_ENDPOINT]), used);
}

function endpoints(): TimeseriesPanel {
  return lines(
    {
      id: NODE_PANELS.endpoints,
      title: 'Endpoints, and what is not shown',
      description:
        'Endpoints alive; those without series of their own (endpoints.limit, endpoints.min_ratio), and the ports they hold; those among them for which an alert fires.',
      unit: 'none',
      size: [8, 9],
    },
    { expr: of('endpoints'), legend: '{{protocol}} alive' },
    { expr: of('endpoints_omitted'), legend: '{{protocol}} omitted' },
    { expr: of('omitted_held'), legend: '{{protocol}} held by omitted' },
    { expr: of('endpoints_omitted_at_risk'), legend: '{{protocol}} omitted at risk' },
  );
}

function namespace(): TablePanel {
  const labels = NAMESPACE_LABELS;
  const panel = table(
    {
      id: NODE_PANELS.namespace,
      title: 'The namespace',
      description:
        'Its name under /run/netns or that of its first process, its container, the number that lsns shows, and its settings. Range assumed: it could not be read, and the kernel’s default is assumed.',
      unit: 'none',
      size: [24, 5],
    },
    { expr: only([...labels, 'name', 'ns_inode', 'container_id'], of('netns_info')) },
    { expr: only(labels, of('range_low')) },
    { expr: only(labels, of('range_high')) },
    { expr: only(labels, of('range_assumed')) },
    { expr: only(labels, of('tcp_tw_reuse')) },
  );
  return columns(panel, [
    INSTANCE,
    NETNS,
    POD_NAMESPACE,
    POD,
    { field: 'name', title: 'Name' },
    { field: 'ns_inode', title: 'lsns' },
    { field: 'container_id', title: 'Container' },
    value(1, 'Range from', 'none'),
    value(2, 'to', 'none'),
    value(3, 'Range assumed', 'bool_yes_no'),
    value(4, 'tcp_tw_reuse', 'none'),
    { ...value(0, 'There', 'none'), hidden: true },
    JOB,
  ]);
}

/** The section about the namespace that the variables choose. */
export function namespaceSection(): Section {
  return {
    id: NODE_PANELS.rowNamespace,
    title: 'The namespace',
    panels: [
      range(),
      hazards(),
      endpoints(),
      ...boundPanels(),
      autobind(),
      sharedPoolsHeld(),
      sharedPoolsUsage(),
      servicePorts(),
      endpointTable(),
      namespace(),
    ],
  };
}
