import { HOST } from '../../kernel/netns/netns.ts';
import type { PortRange } from '../../kernel/proc/sysctl.ts';
import { PortSet } from '../../pools/tables/port-set.ts';
import { portText } from '../../pools/tables/port-text.ts';
import type { JudgedPool, SurroundingNamespace } from './cause.ts';
import type { Remedy } from './remedy.ts';
import { sysctlLine, sysctlLines } from './sysctl-lines.ts';

/** Wider ranges, the first that is wider is proposed: one above the ports of most services, and all that need no privilege. */
const WIDER: readonly PortRange[] = [
  { low: 10_240, high: 60_999 },
  { low: 1024, high: 65_535 },
];

/**
 * Where kube-proxy takes connections without a listener: the API server's default of --service-node-port-range. A client of the
 * host that has such a port as its source port gets what is sent to the service.
 */
const NODE_PORTS = PortSet.of([{ low: 30_000, high: 32_767 }]);
const NO_PORTS = new PortSet();

/** A pool whose forecast is known. */
export type ForecastPool = JudgedPool & { readonly timeToExhaustionSeconds?: number | undefined };

/** A wider range, and what services must be reserved first; undefined where it is as wide as can be. */
export function widerRange(
  pool: ForecastPool,
  namespace: SurroundingNamespace,
  hasPods: boolean,
): Remedy | undefined {
  const { range, reserved } = namespace.settings;
  const wide = WIDER.map((each) => spanOf(each, range)).find(
    ({ low, high }) => low < range.low || high > range.high,
  );
  if (wide === undefined || reserved === undefined || namespace.settings.rangeAssumed)
    return undefined;
  const added = PortSet.of([wide]).difference(PortSet.of([range, ...reserved]));
  const listening = portsOf(namespace.otherListeningPorts);
  const listeners = added.intersection(listening);
  const nodePorts =
    hasPods && namespace.identity.netns === HOST ? added.intersection(NODE_PORTS) : NO_PORTS;
  const services = listeners.union(nodePorts);
  const gainedPorts = added.size - services.size;
  return {
    text: `Widen the range to ${wide.low}-${wide.high}.`,
    ...sysctlLines(namespace, [['net.ipv4.ip_local_port_range', `${wide.low} ${wide.high}`]]),
    gainedPorts,
    ...lasts(pool, gainedPorts),
    ...reserveFirst(namespace, {
      listeners: listeners.size,
      nodePorts: nodePorts.size,
      all: services.union(PortSet.of(reserved)),
      isKnown: namespace.otherListeningPorts !== undefined,
    }),
  };
}

/** `tcp_tw_reuse` 1, where it lets connect() take over ports that it cannot take now. */
export function reuseTimeWaits(
  pool: ForecastPool,
  namespace: SurroundingNamespace | undefined,
): Remedy | undefined {
  if (pool.reuseWouldHelp !== true) return undefined;
  const lines =
    namespace === undefined ? {} : sysctlLines(namespace, [['net.ipv4.tcp_tw_reuse', '1']]);
  return {
    text: 'Where both ends have TCP timestamps, tcp_tw_reuse 1 lets connect() take over TIME_WAIT ports.',
    ...lines,
    gainedPorts: pool.returning.reduce((sum, ports) => sum + ports, 0),
  };
}

/** A second local address: each has a budget of its own towards the same destination. */
export function secondAddress(pool: ForecastPool): Remedy {
  return {
    text: 'A second local address, bound with IP_BIND_ADDRESS_NO_PORT, has a budget of its own.',
    gainedPorts: pool.capacity,
    ...lasts(pool, pool.capacity),
  };
}

function spanOf(a: PortRange, b: PortRange): PortRange {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

function portsOf(runs: Uint16Array | undefined): PortSet {
  const ranges: PortRange[] = [];
  for (let at = 0; at < (runs?.length ?? 0); at += 2) {
    ranges.push({ low: runs?.[at] ?? 0, high: runs?.[at + 1] ?? 0 });
  }
  return PortSet.of(ranges);
}

/** What services need of the ports that a wider range takes in. */
interface Claimed {
  readonly listeners: number;
  readonly nodePorts: number;
  /** With those that are reserved already. */
  readonly all: PortSet;
  /** Whether listeners outside the range are known. */
  readonly isKnown: boolean;
}

function reserveFirst(
  namespace: SurroundingNamespace,
  { listeners, nodePorts, all, isKnown }: Claimed,
): Pick<Remedy, 'danger'> {
  const claims = [
    ...(listeners > 0 ? [`${listeners} ports with a listener`] : []),
    ...(nodePorts > 0 ? [`${nodePorts} NodePorts of Kubernetes`] : []),
  ];
  const line = sysctlLine(namespace, [
    ['net.ipv4.ip_local_reserved_ports', portText(all.toRuns())],
  ]);
  const known =
    claims.length === 0 ? [] : [`${claims.join(' and ')} fall inside: reserve them first: ${line}`];
  const unknown = isKnown
    ? []
    : ['Reserve the ports of services there first (ip_local_reserved_ports).'];
  const danger = [...known, ...unknown].join('. ');
  return danger === '' ? {} : { danger };
}

/** How long the ports last with so many more at the rate of the forecast. */
function lasts(
  { available, timeToExhaustionSeconds: seconds }: ForecastPool,
  gained: number,
): Pick<Remedy, 'lastsSeconds'> {
  const isHeading =
    seconds !== undefined && seconds > 0 && Number.isFinite(seconds) && available > 0;
  return isHeading ? { lastsSeconds: ((available + gained) * seconds) / available } : {};
}
