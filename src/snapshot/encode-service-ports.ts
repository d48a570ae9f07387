import { portText } from '../pools/tables/port-text.ts';
import type { NamespaceServicePorts, TakenServicePort } from '../scan/service-port-watch.ts';
import { identityJson } from './encode-identity.ts';
import type { ServicePortsSnapshot } from './service-ports.ts';

/** `service_ports` of `GET /api/v1/snapshot`. */
export function servicePortsJson(servicePorts: ServicePortsSnapshot): object {
  const { namespaces, transitions, otherTransitions } = servicePorts;
  return {
    namespaces: namespaces.map(namespaceJson),
    transitions: transitions.map(({ change, identity, port, lastedSeconds }) => {
      return {
        change,
        ...identityJson(identity),
        lasted_seconds: lastedSeconds,
        ...takenJson(port),
      };
    }),
    other_transitions: otherTransitions,
  };
}

function namespaceJson(namespace: NamespaceServicePorts): object {
  const { id, identity, counts, unsafePorts, toReserve, taken } = namespace;
  return {
    id,
    ...identityJson(identity),
    safe: counts.safe,
    exposed: counts.exposed,
    taken: counts.taken,
    unsafe_ports: portText(unsafePorts),
    to_reserve: toReserve ?? null,
    taken_ports: taken.map(takenJson),
  };
}

function takenJson(taken: TakenServicePort): object {
  const { port, localAddress, remoteAddress, remotePort, sinceSeconds, freeInSeconds } = taken;
  return {
    port,
    local_address: localAddress,
    remote_address: remoteAddress,
    remote_port: remotePort,
    since_seconds: sinceSeconds,
    free_in_seconds: freeInSeconds ?? null,
  };
}
