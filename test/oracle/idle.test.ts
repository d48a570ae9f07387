import { expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { SHOWS_IDLE } from '../support/kernel-version.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/** What a running daemon knows by netlink of sockets that were bound, whatever becomes of them. */

const A: Target = { to: '127.0.0.1', port: 80 };
const B: Target = { to: '127.0.0.1', port: 81 };
const NOTHING = { protocol: 'tcp' };

function story(title: string, tell: (network: Network, daemon: Daemon) => Promise<void>): void {
  test(title, () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
      network.listen(A.to, A.port);
      const daemon = await Daemon.start('--poll.source=netlink');
      try {
        await daemon.nextPoll();
        await tell(network, daemon);
        const page = await daemon.nextPoll();
        expect(predict(page, [A])).toEqual(measure(network, [A]));
      } finally {
        await daemon.stop('SIGKILL');
      }
    }),
  );
}

/** Polls until `blocked` ports are said to be blocked: slow questions are not asked at every poll. */
async function untilBlocked(daemon: Daemon, blocked: number): Promise<void> {
  await daemon.until(`${blocked} ports are blocked`, async () => {
    return (await daemon.nextPoll()).value('blocked', NOTHING) === blocked;
  });
}

if (SHOWS_IDLE) {
  story(
    'an idle port stays blocked when its socket connects, and closes',
    async (network, daemon) => {
      const listener = network.listen(B.to, B.port);
      const idle = [0, 1, 2, 3, 4].map(() => network.bindTcp('127.0.0.1', 0));
      await untilBlocked(daemon, 5);
      const connected = idle.slice(0, 2);
      for (const fd of connected) network.dial(fd, B);
      const servers = connected.map(() => network.accept(listener));
      await untilBlocked(daemon, 5);
      network.close(...idle.slice(2));
      await untilBlocked(daemon, 2);
      network.close(...connected);
      network.close(...servers);
      const page = await daemon.nextPoll();
      expect(page.value('blocked', NOTHING)).toBe(2);
      expect(page.value('endpoint_sockets', { remote_port: '81', state: 'time_wait' })).toBe(2);
    },
  );
} else {
  test('before Linux 6.8 idle sockets are not shown', () =>
    inNetwork(async (network) => {
      for (let open = 0; open < 5; open += 1) network.bindTcp('127.0.0.1', 0);
      const daemon = await Daemon.start('--poll.source=netlink');
      expect((await daemon.nextPoll()).value('blocked', NOTHING)).toBe(0);
      await daemon.stop('SIGKILL');
    }));
}

story(
  'an explicit port that connect() would try first, through its TIME_WAIT',
  async (network, daemon) => {
    const listener = network.listen(B.to, B.port);
    const clients = [LOW, LOW + 20].map((port) => network.connectBound(B, '127.0.0.1', port));
    const servers = clients.map(() => network.accept(listener));
    await untilBlocked(daemon, 2);
    network.close(...clients);
    network.close(...servers);
    const page = await daemon.nextPoll();
    expect(page.value('blocked', NOTHING)).toBe(2);
    expect(page.value('endpoint_sockets', { remote_port: '81', state: 'time_wait' })).toBe(2);
  },
);

story(
  'ports bound with an address that is not the usual one, through their TIME_WAIT',
  async (network, daemon) => {
    const listener = network.listen(B.to, B.port);
    const clients = Array.from({ length: 70 }, () => network.connectBound(B, '127.0.0.9', 0));
    const servers = clients.map(() => network.accept(listener));
    expect((await daemon.nextPoll()).value('blocked', NOTHING)).toBe(70);
    network.close(...clients);
    network.close(...servers);
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    expect(page.value('blocked', NOTHING)).toBe(70);
    expect(page.value('endpoint_sockets', { remote_port: '81', state: 'time_wait' })).toBe(70);
  },
);

story(
  'ports of closed listeners that connect() took, all towards one new peer',
  async (network, daemon) => {
    network.range(LOW, LOW + 9);
    const listeners = Array.from({ length: 10 }, (_, index) => {
      return network.listen('127.0.0.1', LOW + index);
    });
    expect((await daemon.nextPoll()).value('capacity', NOTHING)).toBe(0);
    network.close(...listeners);
    network.listen(B.to, B.port);
    for (let open = 0; open < 10; open += 1) network.connect(B);
    const page = await daemon.nextPoll();
    expect(page.value('blocked', NOTHING)).toBe(0);
    expect(page.value('endpoint_held', { remote_port: '81' })).toBe(10);
  },
);
