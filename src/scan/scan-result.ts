import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { NamespaceReading } from './namespace-reader.ts';
import type { Unread } from './unread.ts';

/** Why something about other namespaces could not be read; empty texts where nothing failed. */
export interface ScanProblems {
  /** Why they cannot be entered, so that their settings are assumed. */
  readonly settings: string;
  /** Why pods cannot be named. */
  readonly names: string;
  /** Why the first namespace that could not be read at all could not, or new ones could not be looked for. */
  readonly refusal: string;
  /** Why the first namespace that was entered, and that netlink was preferred for, was read from /proc. */
  readonly netlink: string;
}

/** A namespace with so few sockets that nothing in it can be exported. */
export interface QuietNamespace {
  readonly id: number;
  readonly identity: NetnsIdentity;
  /** Its tables, where they were read at this poll all the same; valid until the next poll begins. */
  readonly reading: NamespaceReading | undefined;
}

/** All network namespaces in one poll. */
export interface ScanResult extends Unread {
  /** Those whose tables were read, the host's first; valid until the next poll begins. */
  readonly readings: readonly NamespaceReading[];
  readonly quiet: readonly QuietNamespace[];
  readonly denied: number;
  /** Namespaces that are beyond the limit of those that are read. */
  readonly unwatched: number;
  /** Namespaces that could not be read now, by their ids. */
  readonly refused: ReadonlyMap<number, NetnsIdentity>;
  readonly problems: ScanProblems;
}

/** The namespaces of a scan by whether this poll read their tables. What is remembered of the others stays as it was. */
export interface ReadOrNot {
  /** The host's first. */
  readonly read: readonly NamespaceReading[];
  /** Ids of those that are quiet, or could not be read now. */
  readonly notRead: readonly number[];
}

export function readOrNot({ readings, quiet, refused }: ScanResult): ReadOrNot {
  return {
    read: [...readings, ...quiet.flatMap(({ reading }) => reading ?? [])],
    notRead: [
      ...quiet.filter(({ reading }) => reading === undefined).map(({ id }) => id),
      ...refused.keys(),
    ],
  };
}
