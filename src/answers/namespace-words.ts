import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';
import { nameOfNamespace } from './words.ts';

/** What it means that there are more network namespaces than are watched. */
export function unwatchedNote(unwatched: number): string {
  const them = unwatched === 1 ? '1 network namespace is' : `${unwatched} network namespaces are`;
  return `${them} not watched: there are more than namespaces.limit; nothing is known of their ports`;
}

/** Of which network namespaces the range is assumed, because it could not be read; empty where of none. */
export function assumedRanges(details: SnapshotDetails): string {
  const [first, ...others] = withAssumedRange(details);
  if (first === undefined) return '';
  return others.length === 0
    ? `the port range of ${nameOfNamespace(first)} is assumed`
    : `the port ranges of ${others.length + 1} network namespaces are assumed`;
}

/** Of one that was never read it is known where settings of others cannot be read at all. */
function withAssumedRange({
  namespaces,
  gated,
  problems,
}: SnapshotDetails): readonly NetnsIdentity[] {
  const read = namespaces.filter(({ settings }) => settings.rangeAssumed);
  const quiet = gated.filter(
    ({ lastRead }) => lastRead?.namespace.settings.rangeAssumed ?? problems.settings !== '',
  );
  return [...read, ...quiet].map(({ identity }) => identity);
}
