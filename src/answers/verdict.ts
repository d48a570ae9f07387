import type { Severity } from '../alerts/rules.ts';
import type { PartName } from '../scan/parts.ts';
import type { NamespaceServicePorts, TakenServicePort } from '../scan/service-port-watch.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';
import { type Cause, causesOf } from './causes.ts';
import { assumedRanges, unwatchedNote } from './namespace-words.ts';
import { failedParts, partNote } from './part-words.ts';

/** Whether ports are in trouble on a host. `unknown`: nothing bad is seen, and not all could be looked at. */
export interface Verdict {
  readonly level: 'ok' | 'warning' | 'critical' | 'unknown';
  /** What fires, worst first; what is only an info among it. */
  readonly causes: readonly Cause[];
  /** Service ports that a client has. */
  readonly taken: readonly {
    readonly namespace: NamespaceServicePorts;
    readonly port: TakenServicePort;
  }[];
  /** Why something that decides could not be read. */
  readonly unknown: readonly string[];
  /** Of which network namespaces the range is the kernel's default, because it could not be read: in words, empty where of none. */
  readonly assumed: string;
}

/** Parts without which trouble may be overlooked. */
const DECIDING: readonly PartName[] = ['tcp', 'udp', 'sctp', 'settings', 'namespaces'];

/**
 * Judges one poll. `isWhole` is false where the details are those of some network namespaces alone: that others cannot be
 * read is then no matter.
 */
export function verdictOf(details: SnapshotDetails, isWhole: boolean): Verdict {
  const causes = causesOf(details.alerts.firing);
  const taken = details.servicePorts.namespaces.flatMap((namespace) =>
    namespace.taken.map((port) => ({ namespace, port })),
  );
  const unknown = [...unreadParts(details, isWhole), ...(isWhole ? unreadNamespaces(details) : [])];
  return {
    level: levelOf(details, taken.length > 0, unknown.length > 0),
    causes,
    taken,
    unknown,
    assumed: assumedRanges(details),
  };
}

function levelOf(
  { alerts, namespaces }: SnapshotDetails,
  isTaken: boolean,
  isUnknown: boolean,
): Verdict['level'] {
  const fires = (severity: Severity, riskLevel: number): boolean =>
    alerts.firing.some((alert) => alert.severity === severity) ||
    // Of the pools beyond `endpoints.limit_at_risk` only their namespace knows.
    namespaces.some((namespace) => namespace.riskLevel === riskLevel);
  if (fires('critical', 3)) return 'critical';
  if (fires('warning', 2) || isTaken) return 'warning';
  return isUnknown ? 'unknown' : 'ok';
}

function unreadParts(details: SnapshotDetails, isWhole: boolean): readonly string[] {
  const others = isWhole ? () => false : isOfAnother(details);
  return failedParts(details)
    .filter(({ part, problem }) => DECIDING.includes(part) && !others(problem))
    .map(partNote);
}

/** Whether a problem is that of a namespace that is not looked at; the scan puts the number of the namespace in front. */
function isOfAnother({ namespaces, gated }: SnapshotDetails): (problem: string) => boolean {
  const own = [...namespaces, ...gated].map(({ identity }) => identity.netns);
  return (problem) => {
    const [, netns] = /^network namespace (\S+): /.exec(problem) ?? [];
    return netns !== undefined && !own.includes(netns);
  };
}

function unreadNamespaces({ counts, problems }: SnapshotDetails): readonly string[] {
  const { denied, unwatched } = counts;
  const reason = problems.refusal === '' ? '' : `: ${problems.refusal}`;
  return [
    ...(denied > 0 ? [`${denied} network namespaces cannot be read${reason}`] : []),
    ...(unwatched > 0 ? [unwatchedNote(unwatched)] : []),
  ];
}
