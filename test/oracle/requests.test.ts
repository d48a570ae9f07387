import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { leaveFastOpen, leaveRequest } from '../support/lone-syn.ts';
import { assertSource, Polls, SOURCES } from '../support/polls.ts';
import { inNetwork } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/** What is in SYN_RECV: connection requests, and sockets that are not established yet. */

describe.each(SOURCES)('by %s', (source) => {
  test('a request whose listener has closed is inbound, and holds no port', () =>
    inNetwork(async (network) => {
      const polls = new Polls({ flags: [`--poll.source=${source}`] });
      const { peer, there } = leaveRequest(network);
      expect(rows()).toBe(1);
      const page = await polls.next();
      expect(rows()).toBe(1);
      const inboundRows = polls.details.namespaces[0]?.inboundRows;
      polls.close();
      assertSource(page, source);
      expect(page.value('endpoints', { protocol: 'tcp' })).toBe(0);
      if (source === 'proc') expect(inboundRows).toBe(1);
      const target = { to: there, port: 80 };
      peer.inside((host) => host.listen(target.to, target.port));
      expect(predict(page, [target])).toEqual(measure(network, [target]));
      peer.dispose();
    }));

  test('a socket of TCP Fast Open keeps the port of its listener, which has closed', () =>
    inNetwork(async (network) => {
      const polls = new Polls({ flags: [`--poll.source=${source}`] });
      const { peer, there, listener } = leaveFastOpen(network);
      await polls.next();
      network.close(listener);
      expect(rows()).toBe(1);
      const page = await polls.next();
      expect(rows()).toBe(1);
      polls.close();
      expect(page.value('blocked', { protocol: 'tcp' })).toBe(1);
      const target = { to: there, port: 80 };
      peer.inside((host) => host.listen(target.to, target.port));
      expect(predict(page, [target])).toEqual(measure(network, [target]));
      peer.dispose();
    }));
});

/** Rows of SYN_RECV (03) in `/proc/net/tcp`. */
function rows(): number {
  const [, ...lines] = readFileSync('/proc/thread-self/net/tcp', 'utf8').trim().split('\n');
  return lines.filter((line) => line.trim().split(/\s+/)[3] === '03').length;
}
