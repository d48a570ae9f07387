import { explainPort, type PortAnswer } from '../answers/port/explain-port.ts';
import { pastOfOneLook, type PortPast } from '../answers/port/since.ts';
import type { NamespaceChoice } from '../answers/namespace-choice.ts';
import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';
import { ownersOfSockets } from '../owners/socket-owner.ts';
import { type PortReading, searchPort } from '../scan/port-search.ts';
import type { PollOptions } from './poll.ts';

/** What there is to say about one local port of a host. */
export interface PortAnswers {
  /** The host's first; of the others those in which a socket has the port, or that were chosen. */
  readonly answers: readonly PortAnswer[];
  /** Why a namespace was not looked at. */
  readonly problems: readonly string[];
  /** All namespaces that were found. */
  readonly known: readonly NetnsIdentity[];
}

/** Looks at one local port now, whatever the last poll found; `pastOf` remembers. Throws `KernelError`. */
export function answersAboutPort(
  port: number,
  choice: NamespaceChoice,
  { procfs, namespaces, owners }: PollOptions,
  pastOf: (reading: PortReading) => PortPast = () => pastOfOneLook(Date.now() / 1000),
): PortAnswers {
  const { readings, known, problems } = searchPort(port, procfs, namespaces, choice.includes);
  const shown = readings.filter(
    ({ identity, sockets }, index) =>
      !choice.isAll || index === 0 || identity.netns === HOST || sockets.length > 0,
  );
  const { cgroupfs, find } = owners;
  const { podLogs } = namespaces;
  // All at once: to look through the processes again for each namespace could take all the time.
  const sockets = find === 'off' ? [] : shown.flatMap((reading) => reading.sockets);
  const { owners: found, isUnfinished } = ownersOfSockets(sockets, {
    procfs,
    cgroupfs,
    podLogs,
  });
  const ownerOf = new Map(sockets.map((socket, index) => [socket, found[index]]));
  const answers = shown.map((reading) => {
    const owned = reading.sockets.map((socket) => ({
      ...socket,
      owner: ownerOf.get(socket),
    }));
    return explainPort(port, { ...reading, sockets: owned, isUnfinished }, pastOf(reading));
  });
  return { answers, problems, known };
}
