import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sendLoneSyn } from '../support/lone-syn.ts';
import { ip, Peer } from '../support/peer.ts';
import { assertSource, Polls, SOURCES } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/** Connection requests that nobody has acknowledged yet (SYN_RECV). */

const HOME = '10.8.0.1';
const PEER = '10.8.0.2';
const TARGET = { to: PEER, port: 80 };
/** It exists nowhere: the peer drops what is sent there. */
const NOWHERE = { address: '10.9.9.9', port: 5555 };

/**
 * The kernel keeps a request for up to a second after its listener has closed (`reqsk_timer_handler` in
 * net/ipv4/inet_connection_sock.c). It has no port of its own, so that `connect()` gets the port.
 */
test.each(SOURCES)(
  'a request whose listener has closed is inbound, and holds no port (%s)',
  (source) =>
    inNetwork(async (network) => {
      const peer = Peer.connect(HOME, [PEER]);
      peer.inside((there) => there.listen(TARGET.to, TARGET.port));
      ip('route', 'add', 'default', 'via', PEER);
      const port = LOW + 10;
      const listener = network.listen(HOME, port);
      const polls = new Polls({ flags: [`--poll.source=${source}`] });
      peer.inside(() => {
        sendLoneSyn(NOWHERE, { address: HOME, port });
      });
      network.close(listener);
      expect(requests()).toBe(1);
      const page = await polls.next();
      polls.close();
      assertSource(page, source);
      expect(page.value('endpoints', { protocol: 'tcp' })).toBe(0);
      expect(predict(page, [TARGET])).toEqual(measure(network, [TARGET]));
      peer.dispose();
    }),
);

/** Rows of SYN_RECV (03) in `/proc/net/tcp`. */
function requests(): number {
  const [, ...rows] = readFileSync('/proc/thread-self/net/tcp', 'utf8').trim().split('\n');
  return rows.filter((row) => row.trim().split(/\s+/)[3] === '03').length;
}
