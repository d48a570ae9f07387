import { expect, test } from 'vitest';
import { assumedRanges } from '../../src/answers/namespace-words.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { SnapshotDetails } from '../../src/snapshot/details.ts';
import { pollOptions } from '../support/pools.ts';

const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;

/** What a poll finds, with namespaces beside the host's: so many of which the range was read, is assumed, and that are quiet. */
function details(read: number, assumed: number, quiet: number): SnapshotDetails {
  const poller = new Poller({ ...pollOptions(FIXTURE), once: true });
  poller.poll();
  const found = poller.details();
  const [host] = found?.namespaces ?? [];
  if (found === undefined || host === undefined) throw new Error('nothing was polled');
  const others = Array.from({ length: read + assumed }, (_, index) => ({
    ...host,
    identity: { ...host.identity, netns: `${100 + index}` },
    settings: { ...host.settings, rangeAssumed: index < assumed },
  }));
  const gated = Array.from({ length: quiet }, (_, index) => {
    const identity = { ...host.identity, netns: `${200 + index}` };
    return { id: 200 + index, identity, lastRead: undefined };
  });
  const problems = { ...found.problems, settings: 'setns: EPERM' };
  return { ...found, problems, namespaces: [host, ...others], gated };
}

test.each([
  [0, 0, 0, ''],
  [2, 0, 0, ''],
  [0, 1, 0, 'the port range of netns 100 is assumed'],
  [1, 0, 1, 'the port range of netns 200 is assumed'],
  [1, 2, 0, 'the port ranges of 2 network namespaces are assumed'],
  [0, 1, 2, 'the port ranges of 3 network namespaces are assumed'],
])(
  'of %d namespaces with a range that was read, %d without, %d quiet: %j',
  (read, assumed, quiet, text) => {
    expect(assumedRanges(details(read, assumed, quiet))).toBe(text);
  },
);
