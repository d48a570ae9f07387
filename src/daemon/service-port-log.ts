import type { Logger } from 'pino';
import { explainTaken, nameOfServicePort, reserveLine } from '../answers/service-port-words.ts';
import { duration } from '../answers/words.ts';
import type { ServicePortTransition } from '../scan/service-port-watch.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** Logs once when a service port becomes taken, and when it is free again. */
export function logServicePorts({ servicePorts }: Snapshot, log: Logger): void {
  for (const transition of servicePorts.transitions) {
    const level = transition.change === 'taken' ? 'warn' : 'info';
    log[level](fields(transition), message(transition));
  }
  const others = servicePorts.otherTransitions;
  if (others > 0) log.warn({ others }, `${others} more service ports became taken or free`);
}

function message({
  change,
  identity,
  enterBy,
  port,
  lastedSeconds,
  toReserve,
}: ServicePortTransition): string {
  const subject = nameOfServicePort(identity, port);
  const lasted = duration(lastedSeconds);
  switch (change) {
    case 'taken':
      return `service port taken: ${subject}: ${explainTaken(port, port.sinceSeconds)}. ${reserveLine({ identity, enterBy, toReserve })}`;
    case 'free':
      return `service port free again after ${lasted}: ${subject}`;
    case 'gone':
      return `service port not watched any more, taken for ${lasted}: ${subject}: its network namespace is gone, or not looked at`;
  }
}

/** Named as labels are. */
function fields(transition: ServicePortTransition): Record<string, unknown> {
  const { change, identity, port, lastedSeconds } = transition;
  return {
    change,
    lasted_seconds: lastedSeconds,
    netns: identity.netns,
    pod_namespace: identity.podNamespace,
    pod_name: identity.podName,
    protocol: 'tcp',
    port: port.port,
    local_address: port.localAddress,
    remote_address: port.remoteAddress,
    remote_port: port.remotePort,
    free_in_seconds: port.freeInSeconds,
  };
}
