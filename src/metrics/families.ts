import { firstPassRatio, usageRatio, type PoolUsage } from '../pools/pool.ts';
import type { NamespaceSnapshot, Snapshot } from '../snapshot.ts';
import type { Labels, Sample } from './snapshot-metric.ts';
import type { EndpointSubject, NamespaceSubject } from './subject.ts';

interface FamilyText {
  /** Without the common prefix. */
  readonly name: string;
  readonly help: string;
}

/** A sample before it gets the labels of its namespace or endpoint. */
type Point = Pick<Sample, 'value' | 'labels'>;

export interface NamespaceFamily extends FamilyText {
  readonly points: (namespace: NamespaceSnapshot) => readonly Point[];
}

export interface EndpointFamily extends FamilyText {
  readonly points: (usage: PoolUsage) => readonly Point[];
}

export interface SnapshotFamily extends FamilyText {
  readonly points: (snapshot: Snapshot) => readonly Point[];
}

const one = (value: number, labels?: Labels): readonly Point[] => [
  labels === undefined ? { value } : { value, labels },
];

const byProtocol = (tcp: number, udp: number): readonly Point[] => [
  { value: tcp, labels: { protocol: 'tcp' } },
  { value: udp, labels: { protocol: 'udp' } },
];

const autobind = (usage: PoolUsage): Point => ({
  value: usage.available,
  labels: { protocol: usage.protocol, family: usage.family },
});

const sumHeld = (usages: readonly PoolUsage[]): number =>
  usages.reduce((sum, usage) => sum + usage.held, 0);

/** Pools of `all` that hold a port and have no series of their own. */
const omittedUdp = ({ udp }: NamespaceSnapshot): readonly PoolUsage[] =>
  udp.pools.filter((pool) => pool.held > 0 && !udp.exported.some((e) => e.family === pool.family));

const exportedHolding = ({ tcp }: NamespaceSnapshot): number =>
  tcp.exported.filter((usage) => usage.held > 0).length;

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
    help: 'Ports of the range, not reserved, that connect() can use for no destination because a bind() owns them, a listener typically (LISTEN rows of /proc/net/tcp and tcp6). UDP has none: its held ports count instead.',
    points: ({ tcp }) => byProtocol(tcp.blocked, 0),
  },
  {
    name: 'capacity',
    help: 'Ports one endpoint can use: range - reserved - blocked; udp: range - reserved, for all sockets of a family together.',
    points: ({ tcp, udp }) => byProtocol(tcp.capacity, udp.capacity),
  },
  {
    name: 'autobind_available',
    help: 'Ports the kernel could still pick with no destination to tell them apart: tcp for a wildcard bind(0), udp for any unbound socket (rows of /proc/net/tcp, tcp6, udp, udp6).',
    points: ({ tcp, udp }) => [...tcp.bind, ...udp.pools].map(autobind),
  },
  {
    name: 'worst_usage_ratio',
    help: 'Usage ratio of the fullest endpoint, exported or not; udp: of the fuller family.',
    points: ({ tcp, udp }) => byProtocol(tcp.worstUsageRatio, udp.worstUsageRatio),
  },
  {
    name: 'endpoints',
    help: 'Endpoints alive: they hold a port, or did so a short while ago and still have series.',
    points: (namespace) => byProtocol(aliveTcp(namespace), aliveUdp(namespace)),
  },
  {
    name: 'endpoints_omitted',
    help: 'Endpoints alive that have no series of their own (endpoints.limit, endpoints.min_ratio).',
    points: (namespace) =>
      byProtocol(
        namespace.tcp.endpoints - exportedHolding(namespace),
        omittedUdp(namespace).length,
      ),
  },
  {
    name: 'omitted_held',
    help: 'Local ports held by the omitted endpoints, summed over them: a port held towards two endpoints counts twice.',
    points: (namespace) =>
      byProtocol(
        namespace.tcp.held - sumHeld(namespace.tcp.exported),
        sumHeld(omittedUdp(namespace)),
      ),
  },
  {
    name: 'hazard',
    help: 'Things that cost ports or surprise people, counted while above 0: listener_in_range, self_connection, same_parity_range (connect() looks at one port less), range_over_services (ports below 1024, or listened on below 32768).',
    points: ({ hazards }) =>
      [
        { value: hazards.listenerInRange, labels: { hazard: 'listener_in_range' } },
        { value: hazards.selfConnection, labels: { hazard: 'self_connection' } },
        { value: hazards.sameParityRange, labels: { hazard: 'same_parity_range' } },
        { value: hazards.rangeOverServices, labels: { hazard: 'range_over_services' } },
      ].filter((point) => point.value > 0),
  },
  {
    name: 'netns_info',
    help: '1 for each network namespace; ns_inode is the number that lsns shows.',
    points: ({ identity }) => one(1, { ns_inode: identity.nsInode, name: '', container_id: '' }),
  },
];

function aliveTcp(namespace: NamespaceSnapshot): number {
  const { tcp } = namespace;
  return tcp.endpoints + tcp.exported.length - exportedHolding(namespace);
}

function aliveUdp({ udp }: NamespaceSnapshot): number {
  return udp.pools.filter(
    (pool) => pool.held > 0 || udp.exported.some((e) => e.family === pool.family),
  ).length;
}

/** Series per exported endpoint. */
export const ENDPOINT_FAMILIES: readonly EndpointFamily[] = [
  {
    name: 'endpoint_held',
    help: 'Local ports of the range that the endpoint holds, TIME_WAIT included (rows of /proc/net/tcp and tcp6); udp: of this family alone.',
    points: ({ held }) => one(held),
  },
  {
    name: 'endpoint_sockets',
    help: 'The held ports by socket state; time_wait / 60 is the closes per second where reuse does not apply.',
    points: ({ states }) => [
      { value: states.established, labels: { state: 'established' } },
      { value: states.synSent, labels: { state: 'syn_sent' } },
      { value: states.timeWait, labels: { state: 'time_wait' } },
      { value: states.closeWait, labels: { state: 'close_wait' } },
      { value: states.other, labels: { state: 'other' } },
    ],
  },
  {
    name: 'endpoint_reusable',
    help: 'TIME_WAIT ports among the held that a connect() to this endpoint may take over now (net.ipv4.tcp_tw_reuse, tcp_tw_reuse_delay, tcp_timestamps; tcp_twsk_unique() in the kernel).',
    points: ({ reusable }) => one(reusable),
  },
  {
    name: 'endpoint_capacity',
    help: 'Ports this endpoint can use; capacity / 60 is the highest rate of closes it can bear where TIME_WAIT is not reused.',
    points: ({ capacity }) => one(capacity),
  },
  {
    name: 'endpoint_available',
    help: 'How many more connect() calls to this endpoint the kernel would grant a port now.',
    points: ({ available }) => one(available),
  },
  {
    name: 'endpoint_usage_ratio',
    help: '(capacity - available) / capacity; 1 where capacity is 0.',
    points: (usage) => one(usageRatio(usage)),
  },
  {
    name: 'endpoint_first_pass_ratio',
    help: 'Share of the ports connect() tries first (the parity of the low end of the range) that it cannot take: held and not reusable, blocked or reserved. At 1 each connect() scans half the range in vain (__inet_hash_connect() in the kernel).',
    points: ({ firstPass }) => (firstPass === undefined ? [] : one(firstPassRatio(firstPass))),
  },
];

/** Series of the whole snapshot. */
export const SNAPSHOT_FAMILIES: readonly SnapshotFamily[] = [
  {
    name: 'netns',
    help: 'Network namespaces by what the last poll did: scanned, gated (too few sockets to matter), denied.',
    points: ({ namespaces }) => [
      { value: namespaces.length, labels: { result: 'scanned' } },
      { value: 0, labels: { result: 'gated' } },
      { value: 0, labels: { result: 'denied' } },
    ],
  },
];

export function namespaceSamples(
  family: NamespaceFamily,
  subjects: readonly NamespaceSubject[],
): readonly Sample[] {
  return subjects.flatMap(({ namespace, shared }) =>
    family.points(namespace).map((point) => ({ ...point, shared })),
  );
}

export function endpointSamples(
  family: EndpointFamily,
  subjects: readonly EndpointSubject[],
): readonly Sample[] {
  return subjects.flatMap(({ usage, shared }) =>
    family.points(usage).map((point) => ({ ...point, shared })),
  );
}
