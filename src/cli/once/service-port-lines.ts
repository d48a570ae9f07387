import {
  explainTaken,
  nameOfServicePort,
  reserveLine,
  TAKEN_ALERT,
} from '../../answers/service-port-words.ts';
import { nameOfNamespace } from '../../answers/words.ts';
import { portText } from '../../pools/tables/port-text.ts';
import type { NamespaceServicePorts } from '../../scan/service-port-watch.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';

/** Taken ports that have a line each, of all namespaces: a screen. The others are counted. */
const MAX_LINES = 20;

/** What keeps services from listening, and what may: a line for each taken port, and one for each namespace's exposed ones. */
export function servicePortLines({ servicePorts, takenAtSeconds }: SnapshotDetails): string {
  const { namespaces } = servicePorts;
  const taken = namespaces.flatMap((namespace) =>
    namespace.taken.map((each) => takenLine(namespace, each, takenAtSeconds)),
  );
  const all = namespaces.reduce((sum, { counts }) => sum + counts.taken, 0);
  const shown = taken.slice(0, MAX_LINES);
  const more = all - shown.length;
  return [
    ...shown,
    ...(more > 0 ? [`… and ${more} more service ports are taken.`] : []),
    ...namespaces
      .filter(({ counts }) => counts.exposed > 0)
      .map(exposedLine)
      .slice(0, MAX_LINES),
  ].join('\n');
}

function takenLine(
  { identity, enterBy, toReserve }: NamespaceServicePorts,
  taken: NamespaceServicePorts['taken'][number],
  nowSeconds: number,
): string {
  const subject = nameOfServicePort(identity, taken);
  return `! warning ${TAKEN_ALERT}: ${subject}: ${explainTaken(taken, nowSeconds)}. ${reserveLine({ identity, enterBy, toReserve })}`;
}

function exposedLine(services: NamespaceServicePorts): string {
  const { identity, counts, unsafePorts } = services;
  const count = counts.exposed + counts.taken;
  const ports = count === 1 ? 'service port is' : 'service ports are';
  return `? ${nameOfNamespace(identity)}: ${count} ${ports} in the range and not reserved, ${portText(unsafePorts)}: a client may be given one while its service is down. ${reserveLine(services)}`;
}
