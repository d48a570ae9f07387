import { SERVICE_PORT_STATUSES } from '../pools/services/service-reading.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Sample } from './snapshot-metric.ts';
import { namespaceLabels } from './subject.ts';
import type { SnapshotFamily } from './snapshot-families.ts';

/** Series about service ports; none where no service port is known. */
export const SERVICE_PORT_FAMILIES: readonly SnapshotFamily[] = [
  {
    name: 'service_ports',
    help: 'Known service ports by status, while above 0: safe (connect() never picks them), exposed (in the range and not in net.ipv4.ip_local_reserved_ports), taken (nobody listens and an outbound socket has the port, so that bind() fails with EADDRINUSE; inet_csk_bind_conflict() in the kernel). Known are those of service_ports in the configuration, and ports of the range that had a listener for ten minutes.',
    points: countSamples,
  },
  {
    name: 'service_port_taken',
    help: '1 while an outbound socket has the port of a service and nobody listens on it; which socket (rows of /proc/net/tcp and tcp6, TIME_WAIT included). At most 20 on a node.',
    points: takenSamples,
  },
];

function countSamples({ servicePorts }: Snapshot): readonly Sample[] {
  return servicePorts.namespaces.flatMap((namespace) =>
    SERVICE_PORT_STATUSES.map((status) => ({
      value: namespace.counts[status],
      labels: { protocol: 'tcp', status },
      shared: namespaceLabels(namespace),
    })).filter(({ value }) => value > 0),
  );
}

function takenSamples({ servicePorts }: Snapshot): readonly Sample[] {
  return servicePorts.namespaces.flatMap((namespace) =>
    namespace.taken.map(({ port, localAddress, remoteAddress, remotePort }) => ({
      value: 1,
      labels: {
        protocol: 'tcp',
        port: String(port),
        local_address: localAddress,
        remote_address: remoteAddress,
        remote_port: String(remotePort),
      },
      shared: namespaceLabels(namespace),
    })),
  );
}
