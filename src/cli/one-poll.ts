import { Poller, type PollOptions } from '../sampler/poll.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { PollProgress } from './poll-progress.ts';

/** The one poll of a command. */
export interface OnePoll {
  readonly snapshot: Snapshot;
  /** Everything that it found. */
  readonly details: () => SnapshotDetails;
}

/** Polls once, and says on a terminal how far it is. Throws `KernelError` where it fails. */
export function onePoll(options: PollOptions): OnePoll {
  return PollProgress.during((onNamespace) => {
    const poller = new Poller({ ...options, once: true }, { onNamespace });
    const snapshot = poller.poll();
    return { snapshot, details: () => detailsOf(poller) };
  });
}

function detailsOf(poller: Poller): SnapshotDetails {
  const details = poller.details();
  if (details === undefined) throw new RangeError('a poll without details');
  return details;
}
