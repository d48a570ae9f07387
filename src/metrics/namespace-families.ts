import { kindOf } from '../pools/kinds.ts';
import { isWildcard, type PoolUsage } from '../pools/pool.ts';
import type { KindSnapshot, NamespaceSnapshot } from '../snapshot/snapshot.ts';
import { type FamilyText, one, type Point } from './family.ts';
import type { Sample } from './snapshot-metric.ts';
import type { Subjects } from './subject.ts';

export interface NamespaceFamily extends FamilyText {
  readonly points: (namespace: NamespaceSnapshot) => readonly Point[];
  /** Whether namespaces without any other series have it too: those whose pools at risk were all omitted. */
  readonly alsoOmitted?: true;
}

/** One sample for each protocol that the namespace uses, from the kind that feeds these families. */
const byProtocol = (
  { kinds }: NamespaceSnapshot,
  value: (kind: KindSnapshot) => number,
): readonly Point[] =>
  kinds
    .filter(({ kind, inUse }) => inUse && kindOf(kind).feedsProtocolFamilies)
    .map((kind) => ({ value: value(kind), labels: { protocol: kind.protocol } }));

/** Of all kinds of the protocol: a bind or range pool that found no room is missed as much as an endpoint. */
const omittedAtRisk = (namespace: NamespaceSnapshot): readonly Point[] =>
  byProtocol(namespace, ({ protocol }) =>
    namespace.kinds
      .filter((kind) => kind.protocol === protocol)
      .reduce((sum, kind) => sum + kind.omittedAtRisk, 0),
  );

const autobind = ({ kinds }: NamespaceSnapshot): readonly Point[] =>
  kinds
    .filter(({ kind }) => kindOf(kind).isAutobind)
    .toSorted((a, b) => (a.protocol < b.protocol ? -1 : 1))
    .flatMap(({ protocol, shared }) =>
      shared.filter(isWildcard).map(({ family, localAddress, available }) => ({
        value: available,
        labels: { protocol, family, local_address: localAddress },
      })),
    );

const heldBy = (pools: readonly PoolUsage[]): number =>
  pools.reduce((sum, { held }) => sum + held, 0);

const failuresByCall = (failures: NamespaceSnapshot['failures']): readonly Point[] =>
  (['connect', 'bind'] as const).flatMap((call) =>
    one(failures?.[call], { protocol: 'tcp', call }),
  );

/** Series per namespace. */
export const NAMESPACE_FAMILIES: readonly NamespaceFamily[] = [
  {
    name: 'range_low',
    help: 'First port of the range that connect() and bind(0) pick from (net.ipv4.ip_local_port_range).',
    points: ({ settings }) => one(settings.range.low),
  },
  {
    name: 'range_high',
    help: 'Last port of the range, included (net.ipv4.ip_local_port_range).',
    points: ({ settings }) => one(settings.range.high),
  },
  {
    name: 'range_size',
    help: 'Ports in the range, both ends included (net.ipv4.ip_local_port_range).',
    points: ({ rangeSize }) => one(rangeSize),
  },
  {
    name: 'range_assumed',
    help: "1 where the range could not be read in the namespace and the kernel's default is assumed.",
    points: ({ settings }) => one(Number(settings.rangeAssumed)),
  },
  {
    name: 'tcp_tw_reuse',
    help: 'net.ipv4.tcp_tw_reuse: 0 connect() never takes a TIME_WAIT port over, 1 always, 2 on loopback only.',
    points: ({ settings }) => one(settings.timeWaitReuse),
  },
  {
    name: 'reserved',
    help: 'Ports of the range that the kernel never picks (net.ipv4.ip_local_reserved_ports).',
    points: ({ reserved }) => one(reserved),
  },
  {
    name: 'blocked',
    help: 'Ports of the range, not reserved, that connect() can use for no destination because a bind() owns them: of a listener (LISTEN rows of /proc/net/tcp and tcp6), or before a connect(), TIME_WAIT included. The pool range holds the same ports. UDP and SCTP have none: their held ports count instead.',
    points: (namespace) => byProtocol(namespace, ({ blocked }) => blocked),
  },
  {
    name: 'capacity',
    help: 'Ports one endpoint can use: range - reserved - blocked; udp: range - reserved, for all sockets of a family together; sctp: the same, for both families.',
    points: (namespace) => byProtocol(namespace, ({ capacity }) => capacity),
  },
  {
    name: 'autobind_available',
    help: 'Ports the kernel could still pick with no destination to tell them apart: tcp for a wildcard bind(0), udp for any unbound socket (rows of /proc/net/tcp, tcp6, udp, udp6). A local address that programs bind is an endpoint (pool bind).',
    points: autobind,
  },
  {
    name: 'worst_usage_ratio',
    help: 'Usage ratio of the fullest endpoint, exported or not; tcp: of the connect pools; udp: of the fuller family.',
    points: (namespace) => byProtocol(namespace, ({ worstUsageRatio }) => worstUsageRatio),
  },
  {
    name: 'endpoints',
    help: 'Endpoints alive: they hold a port, or did so within the history window; tcp: connect pools.',
    points: (namespace) => byProtocol(namespace, ({ alive }) => alive),
  },
  {
    name: 'endpoints_omitted',
    help: 'Endpoints alive that have no series of their own (endpoints.limit, endpoints.min_ratio).',
    points: (namespace) => byProtocol(namespace, ({ alive, exported }) => alive - exported.length),
  },
  {
    name: 'omitted_held',
    help: 'Local ports held by the omitted endpoints, summed over them: a port held towards two endpoints counts twice.',
    points: (namespace) => byProtocol(namespace, ({ held, exported }) => held - heldBy(exported)),
  },
  {
    name: 'endpoints_omitted_at_risk',
    alsoOmitted: true,
    help: 'Endpoints for which an alert fires and that have no series of their own (endpoints.limit_at_risk); tcp: bind and range pools too.',
    points: omittedAtRisk,
  },
  {
    name: 'risk_level',
    help: 'The highest level that fires in the namespace: 0 ok, 1 info, 2 warning, 3 critical.',
    points: ({ riskLevel }) => one(riskLevel),
  },
  {
    name: 'hazard',
    help: 'Things that cost ports or surprise people, counted while above 0: listener_in_range, self_connection, same_parity_range (connect() looks at one port less), range_over_services (ports below 1024, or listened on below 32768), netns_range_differs_from_host.',
    points: ({ hazards }) =>
      [
        { value: hazards.listenerInRange, labels: { hazard: 'listener_in_range' } },
        { value: hazards.selfConnection, labels: { hazard: 'self_connection' } },
        { value: hazards.sameParityRange, labels: { hazard: 'same_parity_range' } },
        { value: hazards.rangeOverServices, labels: { hazard: 'range_over_services' } },
        {
          value: hazards.rangeDiffersFromHost,
          labels: { hazard: 'netns_range_differs_from_host' },
        },
      ].filter((point) => point.value > 0),
  },
  {
    name: 'netns_info',
    help: '1 for each network namespace; ns_inode is the number that lsns shows.',
    points: ({ identity }) =>
      one(1, {
        ns_inode: identity.nsInode,
        name: identity.name,
        container_id: identity.containerId,
      }),
  },
  {
    name: 'failures_total',
    type: 'counter',
    help: 'Calls that the kernel refused in the namespace for lack of a port, since the exporter began to count; call is connect or bind (without a port). Absent where they cannot be counted.',
    points: ({ failures }) => failuresByCall(failures),
  },
];

export function namespaceSamples(
  family: NamespaceFamily,
  { namespaces, omitted }: Pick<Subjects, 'namespaces' | 'omitted'>,
): readonly Sample[] {
  const subjects = family.alsoOmitted ? [...namespaces, ...omitted] : namespaces;
  return subjects.flatMap(({ namespace, shared }) =>
    family.points(namespace).map((point) => ({ ...point, shared })),
  );
}
