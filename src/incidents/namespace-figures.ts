import { identityJson } from '../snapshot/encode-identity.ts';
import type { AlertSnapshot, NamespaceSnapshot, Snapshot } from '../snapshot/snapshot.ts';
import { boundedName } from './bounds.ts';
import type { Incident, IncidentNamespace } from './incident.ts';

/** The figures of the namespace in which the alert fires; conntrack is that of the host's. */
export function namespaceFigures(
  { identity, pool }: AlertSnapshot,
  { namespaces, conntrack }: Snapshot,
): IncidentNamespace {
  const names = identityJson(identity);
  return {
    ...names,
    name: boundedName(names.name),
    ...portFigures(namespaces.find(({ id }) => id === pool.namespaceId)),
    ...conntrackFigures(conntrack),
  };
}

/** Whether the incident is in the namespace of the alert. Inode numbers may become known late. */
export function isIn({ namespace }: Incident, { identity }: AlertSnapshot): boolean {
  const [a, b] = [namespace.ns_inode, identity.nsInode];
  return namespace.netns === identity.netns && (a === b || a === '' || b === '');
}

type PortFigures = Pick<
  IncidentNamespace,
  | 'range_low'
  | 'range_high'
  | 'range_assumed'
  | 'reserved'
  | 'blocked'
  | 'tcp_in_use'
  | 'time_wait'
  | 'udp_in_use'
>;

const UNKNOWN: PortFigures = {
  range_low: null,
  range_high: null,
  range_assumed: false,
  reserved: null,
  blocked: null,
  tcp_in_use: null,
  time_wait: null,
  udp_in_use: null,
};

function portFigures(namespace: NamespaceSnapshot | undefined): PortFigures {
  if (namespace === undefined) return UNKNOWN;
  const { settings, reserved, parts, sockets } = namespace;
  const { lowFirst, lowSecond, highFirst, highSecond } = parts.blocked;
  return {
    range_low: settings.range.low,
    range_high: settings.range.high,
    range_assumed: settings.rangeAssumed,
    reserved: reserved ?? null,
    blocked: lowFirst + lowSecond + highFirst + highSecond,
    tcp_in_use: sockets?.tcpInUse ?? null,
    time_wait: sockets?.timeWait ?? null,
    udp_in_use: sockets?.udpInUse ?? null,
  };
}

function conntrackFigures(
  conntrack: Snapshot['conntrack'],
): Pick<IncidentNamespace, 'conntrack_entries' | 'conntrack_limit' | 'conntrack_insert_failed'> {
  return {
    conntrack_entries: conntrack?.entries ?? null,
    conntrack_limit: conntrack?.limit ?? null,
    conntrack_insert_failed: conntrack?.insertFailed ?? null,
  };
}
