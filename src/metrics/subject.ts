import type { RemoteNames } from './remote-names.ts';
import { type PoolUsage, poolId } from '../pools/pool.ts';
import type { NamespaceSnapshot, Snapshot } from '../snapshot.ts';
import type { Labels } from './snapshot-metric.ts';

/** One namespace, with the labels that all its series share. */
export interface NamespaceSubject {
  readonly namespace: NamespaceSnapshot;
  readonly shared: Labels;
}

/** One exported endpoint, with the labels that all its series share. */
export interface EndpointSubject {
  readonly usage: PoolUsage;
  readonly shared: Labels;
}

/** Everything in a snapshot that gets series, sorted, so that pages of two polls differ only in values. */
export interface Subjects {
  readonly namespaces: readonly NamespaceSubject[];
  readonly endpoints: readonly EndpointSubject[];
}

export function subjectsOf(snapshot: Snapshot, names: RemoteNames): Subjects {
  const namespaces = snapshot.namespaces.map((namespace) => ({
    namespace,
    shared: namespaceLabels(namespace),
  }));
  const endpoints = namespaces.flatMap(({ namespace, shared }) =>
    [...namespace.tcp.exported, ...namespace.udp.exported]
      .toSorted((a, b) => (poolId(a) < poolId(b) ? -1 : 1))
      .map((usage) => ({ usage, shared: { ...shared, ...endpointLabels(usage, names) } })),
  );
  return { namespaces, endpoints };
}

function namespaceLabels({ identity }: NamespaceSnapshot): Labels {
  return { netns: identity.netns, pod_namespace: '', pod_name: '' };
}

function endpointLabels(usage: PoolUsage, names: RemoteNames): Labels {
  const { protocol, localAddress, remoteAddress, remotePort } = usage;
  return {
    protocol,
    local_address: localAddress,
    remote_address: remoteAddress,
    remote_port: remotePort === 0 ? '' : String(remotePort),
    remote_name: names.nameOf(remoteAddress, remotePort),
  };
}
