import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { leaveRequest } from '../support/lone-syn.ts';
import { assertSource, Polls, SOURCES } from '../support/polls.ts';
import { inNetwork } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/** Connection requests that nobody has acknowledged yet (SYN_RECV). */

test.each(SOURCES)(
  'a request whose listener has closed is inbound, and holds no port (%s)',
  (source) =>
    inNetwork(async (network) => {
      const polls = new Polls({ flags: [`--poll.source=${source}`] });
      const { peer, there } = leaveRequest(network);
      expect(requests()).toBe(1);
      const page = await polls.next();
      polls.close();
      assertSource(page, source);
      expect(page.value('endpoints', { protocol: 'tcp' })).toBe(0);
      const target = { to: there, port: 80 };
      peer.inside((host) => host.listen(target.to, target.port));
      expect(predict(page, [target])).toEqual(measure(network, [target]));
      peer.dispose();
    }),
);

/** Rows of SYN_RECV (03) in `/proc/net/tcp`. */
function requests(): number {
  const [, ...rows] = readFileSync('/proc/thread-self/net/tcp', 'utf8').trim().split('\n');
  return rows.filter((row) => row.trim().split(/\s+/)[3] === '03').length;
}
