import { describe, expect, test } from 'vitest';
import { type Network, pause } from '../../deploy/demo/lab/network.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { HAS_REUSE_DELAY } from '../support/kernel-version.ts';
import { Peer } from '../support/peer.ts';
import { Random } from '../support/random.ts';
import { inNetwork, LOW, REUSED_AT_ONCE_MS, reuseDelay } from '../support/scenario.ts';
import { Watch } from '../support/watch.ts';

/**
 * Whether TIME_WAITs can be taken over shows in no table: with TCP timestamps they can, and without they cannot. What a daemon
 * says must be what the kernel then grants, whenever its polls fall, and whatever the connections did before they closed.
 */

const OWN = '10.8.0.1';
const TARGET = { to: '10.8.0.2', port: 6379 };
const OTHER = { to: '10.8.0.2', port: 80 };
const AVAILABLE = { pool: 'connect', remote_port: '6379' };
/** On older kernels the delay is a second, and TIME_WAITs of many would end before the last begins. */
const SIZE = HAS_REUSE_DELAY ? 400 : 100;
/** Longer than the delay by more than the slack of ages. */
const OLD_MS = HAS_REUSE_DELAY ? 700 : 1700;
const TICK_MS = 10;

/** A namespace with a peer that listens; `timestamps` are the peer's. */
async function besidePeer(
  timestamps: 0 | 1,
  body: (network: Network, accept: (client: number) => () => void) => Promise<void>,
): Promise<void> {
  await inNetwork(async (network) => {
    network.range(LOW, LOW + SIZE - 1);
    network.sysctl({ 'ipv4.tcp_tw_reuse': 1, ...reuseDelay(REUSED_AT_ONCE_MS) });
    const peer = Peer.connect(OWN, [TARGET.to]);
    try {
      const listener = peer.inside((there) => {
        there.sysctl({ 'ipv4.tcp_timestamps': timestamps });
        there.listen(OTHER.to, OTHER.port);
        return there.listen(TARGET.to, TARGET.port);
      });
      await body(network, (client) => {
        const accepted = network.accept(listener);
        return () => {
          network.close(client, accepted);
        };
      });
    } finally {
      peer.dispose();
    }
  });
}

/** All sources say at the next poll what the kernel grants. */
async function expectGranted(network: Network, watch: Watch, granted: number): Promise<void> {
  for (const [source, page] of await watch.next()) {
    expect(page.find('endpoint_available', AVAILABLE), `by ${source}`).toBe(granted);
  }
  watch.close();
  expect(countConnects(network, TARGET)).toBe(granted);
}

describe('a peer without timestamps, connections that are closed at once', () => {
  for (const [polls, isPolled] of [
    ['a poll a hundred', (opened: number) => opened % (SIZE / 4) === SIZE / 4 - 1],
    ['one poll in the second pass', (opened: number) => opened === (SIZE * 3) / 4],
    ['polls before and after alone', () => false],
  ] as const) {
    test(`${polls}: no port is left`, () =>
      besidePeer(0, async (network, accept) => {
        const watch = new Watch();
        await watch.next();
        for (let opened = 0; opened < SIZE; opened += 1) {
          accept(network.connect(TARGET))();
          if (opened === SIZE / 2 - 1) pause(OLD_MS);
          if (opened % 10 === 9) pause(TICK_MS);
          if (isPolled(opened)) await watch.next();
        }
        expect(() => network.connect(TARGET)).toThrow(SyscallError);
        await expectGranted(network, watch, 0);
      }));
  }
});

type Closes = readonly (() => void)[];

/** Closes all, so that the ages of the TIME_WAITs differ by more than what is needed to take one over. */
async function closeSlowly(closes: Closes, poll: () => Promise<unknown>): Promise<void> {
  for (const [index, close] of closes.entries()) {
    close();
    if (index === SIZE / 2 - 1) pause(OLD_MS);
    if (index % 10 === 9) pause(TICK_MS);
    if (index % 100 === 99) await poll();
  }
  pause(HAS_REUSE_DELAY ? 100 : 1100);
}

describe('a peer with timestamps, connections that are open together and closed one by one', () => {
  const orders: readonly (readonly [string, (all: Closes) => Closes])[] = [
    ['oldest first', (all) => all],
    ['newest first', (all) => all.toReversed()],
    ['at random', (all) => new Random(SIZE).shuffled(all)],
  ];
  for (const [order, sort] of orders) {
    for (const bound of order === 'oldest first' ? [0, 3] : [3]) {
      test(`${order}, seen open, beside ${bound} bound ports: all others are left`, () =>
        besidePeer(1, async (network, accept) => {
          const watch = new Watch();
          await watch.next();
          for (let port = 0; port < bound; port += 1) network.connectBound(OTHER, OWN, 0);
          await watch.next();
          const open = Array.from({ length: SIZE - 10 }, () => accept(network.connect(TARGET)));
          await watch.next();
          await closeSlowly(sort(open), () => watch.next());
          await watch.next();
          await expectGranted(network, watch, SIZE - bound);
        }));
    }
  }
});
