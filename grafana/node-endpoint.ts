import { toFleetPanel } from './links.ts';
import { colorStyle, limitStyle, ofEachPool } from './styles.ts';
import { FLEET_PANELS, NODE_PANELS } from './panel-ids.ts';
import {
  lines,
  type Query,
  type Section,
  stacked,
  thresholdLines,
  type TimeseriesPanel,
  withStyles,
  withThresholdLines,
} from './panels.ts';
import { series } from './select.ts';

/** The legend of a series that belongs to one endpoint. */
const ENDPOINT = '{{pool}} {{local_address}} → {{remote_address}}:{{remote_port}}';

/** The selector of one metric for the endpoints that the variables choose. */
const of = (name: string, ...matchers: readonly string[]): string =>
  series(name, 'endpoint', ...matchers);

/** A query with one line for each endpoint that the variables choose. */
function each(name: string, suffix = '', condition = ''): Query {
  return { expr: of(name) + condition, legend: ENDPOINT + suffix };
}

const ALERTS_LINK = toFleetPanel('Alerts of these nodes', FLEET_PANELS.alerts);

/** Seconds that a socket stays in TIME_WAIT: TCP_TIMEWAIT_LEN in the kernel's include/net/tcp.h. */
const TIME_WAIT_SECONDS = 60;

/** Pools whose ports belong to sockets with a state; a port of a bind or range pool may be in one of these too. */
const STATEFUL = 'pool!~"bind|range"';

function heldByState(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.heldByState,
      title: 'Ports held, by state',
      description:
        'What grows names the cause: ESTABLISHED, a leak or a connection pool without a limit; TIME_WAIT, connections that are not reused; CLOSE_WAIT, a program that does not close; SYN_SENT, a remote end that does not answer. Several endpoints of one kind of pool are added up; capacity is that of one. The pools bind and range are left out: their ports have no state, and those of connect are among them.',
      unit: 'none',
      size: [12, 9],
    },
    {
      expr: `sum by (pool, state) (${of('endpoint_sockets', STATEFUL)})`,
      legend: '{{pool}} {{state}}',
    },
    { expr: `max by (pool) (${of('endpoint_capacity', STATEFUL)})`, legend: '{{pool}} capacity' },
    { expr: `sum by (pool) (${of('endpoint_reusable', STATEFUL)})`, legend: '{{pool}} reusable' },
  );
  return withStyles(stacked(panel), [
    ofEachPool(limitStyle('capacity', 'red')),
    ofEachPool(limitStyle('reusable', 'super-light-green')),
    ofEachPool(colorStyle('established', 'green')),
    ofEachPool(colorStyle('syn_sent', 'yellow')),
    ofEachPool(colorStyle('time_wait', 'blue')),
    ofEachPool(colorStyle('close_wait', 'purple')),
    ofEachPool(colorStyle('other', 'gray')),
  ]);
}

function heldByOwner(): TimeseriesPanel {
  return stacked(
    lines(
      {
        id: NODE_PANELS.heldByOwner,
        title: 'Ports held, by owner',
        description:
          'Who holds the ports of the endpoints at risk, the three largest of each: process, pod, systemd unit, container or user, the best that is known with the privileges at hand. There is no line while nothing is at risk, nor for what the exporter is not told to find out (owners: off).',
        unit: 'none',
        size: [12, 9],
      },
      {
        expr: `sum by (pool, owner_kind, owner) (${of('endpoint_owner_held')})`,
        legend: '{{pool}} {{owner_kind}} {{owner}}',
      },
    ),
  );
}

function available(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.availableOverTime,
      title: 'Available',
      description:
        'How many more connect() calls to the endpoint the kernel would grant a port; in the pool bind, bind() calls to the local address; in the pool range, ports that connect() may use to any destination. At 0 connect() fails with EADDRNOTAVAIL, bind() with EADDRINUSE.',
      unit: 'none',
      size: [12, 9],
    },
    each('endpoint_available'),
    { expr: `max by (pool) (${of('endpoint_capacity')})`, legend: '{{pool}} capacity' },
  );
  return withStyles(panel, [ofEachPool(limitStyle('capacity'))]);
}

function usage(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.usageOverTime,
      title: 'Used, and peak',
      description:
        'Share of the capacity that is used, and its highest value in the history window, against the thresholds of EphemeralPortsExhaustion in force. The pools bind, range and udp are judged by thresholds of their own, below.',
      unit: 'percentunit',
      size: [12, 9],
    },
    each('endpoint_usage_ratio'),
    each('endpoint_usage_ratio_peak', ' peak'),
    thresholdLines('ratio', 'EphemeralPortsExhaustion'),
  ).links([ALERTS_LINK]);
  return withThresholdLines(panel);
}

function firstPass(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.firstPass,
      title: 'First pass, against its cliff',
      description:
        'Share of the ports that connect() tries first and cannot take. At 1, the cliff, each connect() searches half of the range in vain: it is slow and spends CPU time. TCP only. The threshold is that of EphemeralPortsSlowConnect.',
      unit: 'percentunit',
      size: [12, 9],
    },
    each('endpoint_first_pass_ratio'),
    { expr: 'vector(1)', legend: 'cliff' },
    thresholdLines('ratio', 'EphemeralPortsSlowConnect'),
  ).links([ALERTS_LINK]);
  return withStyles(withThresholdLines(panel), [limitStyle('cliff', 'red')]);
}

function forecast(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.forecast,
      title: 'Forecast: time to exhaustion',
      description:
        'When no port will be left, against the thresholds of EphemeralPortsForecast in force. There is no line while an endpoint is not heading there, nor until the exporter has 12 samples.',
      unit: 's',
      size: [12, 9],
    },
    each('endpoint_time_to_exhaustion_seconds', '', ' < Inf'),
    thresholdLines('seconds', 'EphemeralPortsForecast'),
  ).links([ALERTS_LINK]);
  return withThresholdLines(panel);
}

function churn(): TimeseriesPanel {
  const panel = lines(
    {
      id: NODE_PANELS.churn,
      title: 'Churn, against its ceiling',
      description:
        'Connections per second that this side opens, at least, and that it closes: TIME_WAIT / 60. The ceiling, capacity / 60, is the highest rate that the endpoint can sustain where TIME_WAIT is not reused (tcp_tw_reuse).',
      unit: 'cps',
      size: [12, 9],
    },
    {
      expr: `rate(${of('endpoint_opens_total')}[$__rate_interval])`,
      legend: `${ENDPOINT} opened`,
    },
    {
      expr: `${of('endpoint_sockets', 'pool="connect"', 'state="time_wait"')} / ${TIME_WAIT_SECONDS}`,
      legend: `${ENDPOINT} closed`,
    },
    {
      expr: `max(${of('endpoint_capacity', 'pool="connect"')}) / ${TIME_WAIT_SECONDS}`,
      legend: 'ceiling',
    },
  );
  return withStyles(panel, [limitStyle('ceiling', 'red')]);
}

function failures(): TimeseriesPanel {
  return lines(
    {
      id: NODE_PANELS.failures,
      title: 'Refused calls',
      description:
        'connect() calls to the endpoint per second that the kernel refused for lack of a port; in the pool bind, bind() calls to the local address. Programs see errors. There is no line where they are not counted: that needs tier bpf or full.',
      unit: 'cps',
      size: [12, 9],
    },
    {
      expr: `rate(${of('endpoint_failures_total')}[$__rate_interval])`,
      legend: ENDPOINT,
    },
  ).links([ALERTS_LINK]);
}

/** The section about the endpoint that the variables choose. */
export function endpointSection(): Section {
  return {
    id: NODE_PANELS.rowEndpoint,
    title: 'The endpoint',
    panels: [
      heldByState(),
      available(),
      usage(),
      firstPass(),
      forecast(),
      churn(),
      failures(),
      heldByOwner(),
    ],
  };
}
