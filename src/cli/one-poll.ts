import { Poller, type PollOptions } from '../sampler/poll.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';

/** Everything that one poll finds. Throws `KernelError` where it fails. */
export function pollDetails(options: PollOptions): SnapshotDetails {
  const poller = new Poller({ ...options, once: true });
  poller.poll();
  const details = poller.details();
  if (details === undefined) throw new RangeError('a poll without details');
  return details;
}
