import { expect, test } from 'vitest';
import { SHOWS_IDLE } from '../support/kernel-version.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { Polls } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/** What netlink knows, poll after poll, of sockets that were bound, whatever becomes of them. */

const A: Target = { to: '127.0.0.1', port: 80 };
const B: Target = { to: '127.0.0.1', port: 81 };
const NOTHING = { protocol: 'tcp' };
const NETLINK = ['--poll.source=netlink'];

/** How old the expensive dumps become at most: `MAX_AGE_MS` in src/pools/census/expensive-dumps.ts. */
const LONGEST_SECONDS = 60;

function story(title: string, tell: (network: Network, polls: Polls) => Promise<void>): void {
  test(title, () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
      network.listen(A.to, A.port);
      const polls = new Polls({ flags: NETLINK });
      await polls.next();
      await tell(network, polls);
      const page = await polls.next();
      polls.close();
      expect(predict(page, [A])).toEqual(measure(network, [A]));
    }),
  );
}

/** The page after a poll at which all questions are asked: the slow ones are not asked at every poll. */
function pageOfAll(polls: Polls): Promise<Exposition> {
  return polls.next(LONGEST_SECONDS);
}

if (SHOWS_IDLE) {
  story(
    'an idle port stays blocked when its socket connects, and closes',
    async (network, polls) => {
      const listener = network.listen(B.to, B.port);
      const idle = [0, 1, 2, 3, 4].map(() => network.bindTcp('127.0.0.1', 0));
      expect((await pageOfAll(polls)).value('blocked', NOTHING)).toBe(5);
      const connected = idle.slice(0, 2);
      for (const fd of connected) network.dial(fd, B);
      const servers = connected.map(() => network.accept(listener));
      expect((await pageOfAll(polls)).value('blocked', NOTHING)).toBe(5);
      network.close(...idle.slice(2));
      expect((await pageOfAll(polls)).value('blocked', NOTHING)).toBe(2);
      network.close(...connected);
      network.close(...servers);
      const page = await polls.next();
      expect(page.value('blocked', NOTHING)).toBe(2);
      expect(page.value('endpoint_sockets', { remote_port: '81', state: 'time_wait' })).toBe(2);
    },
  );
} else {
  test('before Linux 6.8 idle sockets are not shown', () =>
    inNetwork(async (network) => {
      for (let open = 0; open < 5; open += 1) network.bindTcp('127.0.0.1', 0);
      const polls = new Polls({ flags: NETLINK });
      expect((await polls.next()).value('blocked', NOTHING)).toBe(0);
      polls.close();
    }));
}

story(
  'an explicit port that connect() would try first, through its TIME_WAIT',
  async (network, polls) => {
    const listener = network.listen(B.to, B.port);
    const clients = [LOW, LOW + 20].map((port) => network.connectBound(B, '127.0.0.1', port));
    const servers = clients.map(() => network.accept(listener));
    expect((await pageOfAll(polls)).value('blocked', NOTHING)).toBe(2);
    network.close(...clients);
    network.close(...servers);
    const page = await polls.next();
    expect(page.value('blocked', NOTHING)).toBe(2);
    expect(page.value('endpoint_sockets', { remote_port: '81', state: 'time_wait' })).toBe(2);
  },
);

story(
  'ports bound with an address that is not the usual one, through their TIME_WAIT',
  async (network, polls) => {
    const listener = network.listen(B.to, B.port);
    const clients = Array.from({ length: 70 }, () => network.connectBound(B, '127.0.0.9', 0));
    const servers = clients.map(() => network.accept(listener));
    expect((await polls.next()).value('blocked', NOTHING)).toBe(70);
    network.close(...clients);
    network.close(...servers);
    await polls.next();
    const page = await polls.next();
    expect(page.value('blocked', NOTHING)).toBe(70);
    expect(page.value('endpoint_sockets', { remote_port: '81', state: 'time_wait' })).toBe(70);
  },
);

story(
  'ports of closed listeners that connect() took, all towards one new peer',
  async (network, polls) => {
    network.range(LOW, LOW + 9);
    const listeners = Array.from({ length: 10 }, (_, index) => {
      return network.listen('127.0.0.1', LOW + index);
    });
    expect((await polls.next()).value('capacity', NOTHING)).toBe(0);
    network.close(...listeners);
    network.listen(B.to, B.port);
    for (let open = 0; open < 10; open += 1) network.connect(B);
    const page = await polls.next();
    expect(page.value('blocked', NOTHING)).toBe(0);
    expect(page.value('endpoint_held', { remote_port: '81' })).toBe(10);
  },
);
