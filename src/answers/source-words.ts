import type { Snapshot } from '../snapshot/snapshot.ts';

/** The gravest lines of "Where it is blind" in src/kernel/README.md, and the direction of their error. */
const BLINDNESS =
  '/proc does not show sockets that are bound and idle, source ports that programs name themselves, and connections ' +
  'without TCP timestamps; where there are such, fewer ports are left than it seems';

/** Whether no socket was read but from /proc. */
export function isProcAlone({ sources }: Pick<Snapshot, 'sources'>): boolean {
  return sources.every(({ source }) => source === 'proc');
}

/** What was read by a lesser source than is wanted or than there is, why, and what it cannot show; empty where nothing was. */
export function sourceNote(snapshot: Pick<Snapshot, 'sources' | 'fallbackReason'>): string {
  const { sources, fallbackReason } = snapshot;
  if (isProcAlone(snapshot)) {
    return fallbackReason === ''
      ? `Sockets are read from /proc. ${BLINDNESS}.`
      : `netlink does not work here, /proc is read: ${fallbackReason}. ${BLINDNESS}.`;
  }
  const [own] = sources;
  const withoutBpf =
    fallbackReason === '' || own?.source === 'proc'
      ? []
      : [`BPF programs do not work here, netlink is read: ${fallbackReason}.`];
  const others = sources.some(({ source }) => source === 'proc')
    ? [`Other network namespaces than the exporter's own are read from /proc. ${BLINDNESS}.`]
    : [];
  return [...withoutBpf, ...others].join(' ');
}
