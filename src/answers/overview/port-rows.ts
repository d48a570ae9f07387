import type { PortRange } from '../../kernel/proc/sysctl.ts';
import { PortSet } from '../../pools/tables/port-set.ts';
import type { NamespaceServicePorts } from '../../scan/service-port-watch.ts';
import type { NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import { explainTaken, reserveLine } from '../service-port-words.ts';
import { nameOfNamespace } from '../words.ts';
import type { PortRow } from './overview.ts';

/** Runs of ports that a row lists. Chosen: some lines of a screen. */
const MAX_RUNS = 40;

/** Ports that connect() cannot have, and those of services: what is in trouble first. */
export function portRows(details: SnapshotDetails): readonly PortRow[] {
  const services = details.servicePorts.namespaces;
  return [
    ...services.flatMap((each) => takenRows(each, details.takenAtSeconds)),
    ...services.flatMap(exposedRows),
    ...details.namespaces.flatMap(settledRows),
  ];
}

function takenRows(
  { identity, taken }: NamespaceServicePorts,
  nowSeconds: number,
): readonly PortRow[] {
  const { netns } = identity;
  const namespace = nameOfNamespace(identity);
  return taken.map((port) => ({
    netns,
    namespace,
    ports: `${port.port}`,
    status: 'taken',
    text: explainTaken(port, nowSeconds),
  }));
}

function exposedRows(services: NamespaceServicePorts): readonly PortRow[] {
  const { identity, taken, unsafePorts } = services;
  const takenPorts = PortSet.of(taken.map(({ port }) => ({ low: port, high: port })));
  const exposed = setOf(unsafePorts).difference(takenPorts);
  return rowOf(
    identity,
    'exposed',
    exposed,
    `A client may be given them. ${reserveLine(services)}`,
  );
}

/** What the range gives to nobody. */
function settledRows(namespace: NamespaceDetails): readonly PortRow[] {
  const { identity, settings, listeningPorts, blockedPorts } = namespace;
  const listening = setOf(listeningPorts);
  const blocked = setOf(blockedPorts).difference(listening);
  const reserved = PortSet.of(settings.reserved).intersection(PortSet.of([settings.range]));
  return [
    ...rowOf(
      identity,
      'listener',
      listening,
      'Somebody listens in the range: no connect() gets them.',
    ),
    ...rowOf(
      identity,
      'blocked',
      blocked,
      'A bind() owns them: connect() gets them for no destination.',
    ),
    ...rowOf(identity, 'reserved', reserved, 'The kernel gives them to nobody who names no port.'),
  ];
}

function rowOf(
  identity: NamespaceDetails['identity'],
  status: PortRow['status'],
  ports: PortSet,
  text: string,
): readonly PortRow[] {
  if (ports.size === 0) return [];
  const { netns } = identity;
  return [{ netns, namespace: nameOfNamespace(identity), ports: portsText(ports), status, text }];
}

/** `40000-40009, 40050`, and how many more there are. */
function portsText(ports: PortSet): string {
  const runs = runsOf(ports.toRuns());
  const shown = runs
    .slice(0, MAX_RUNS)
    .map(({ low, high }) => (low === high ? `${low}` : `${low}-${high}`));
  const rest = runs.slice(MAX_RUNS).reduce((sum, { low, high }) => sum + high - low + 1, 0);
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} … and ${rest} more`;
}

function setOf(runs: Uint16Array): PortSet {
  return PortSet.of(runsOf(runs));
}

function runsOf(runs: Uint16Array): readonly PortRange[] {
  return Array.from({ length: runs.length / 2 }, (_, index) => ({
    low: runs[2 * index] ?? 0,
    high: runs[2 * index + 1] ?? 0,
  }));
}
