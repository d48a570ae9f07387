import { asUser } from '../../deploy/demo/lab/as-user.ts';
import { describe, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';
import { Churn, ORDERS } from '../support/churn.ts';
import {
  churnAboveHalf,
  expectNoAccusation,
  listenAll,
  SIZE,
  TARGETS,
} from '../support/plain-churn.ts';
import { ip, Peer } from '../support/peer.ts';
import { Random } from '../support/random.ts';
import {
  inNetwork,
  letReuseBegin,
  LOW,
  REUSED_AT_ONCE_MS,
  reuseDelay,
} from '../support/scenario.ts';
import { connectMarked, connectMptcp } from '../support/special-sockets.ts';
import { Watch } from '../support/watch.ts';

/**
 * Clients that do not bind: however they open and close, whatever the routes are, no port of theirs is called bound.
 * `MIXTURE_SEED` as for mixtures.
 */

const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);
describe('connections that come and go above half of the range', () => {
  for (const reuse of [0, 1, 2]) {
    const seed = SEED + reuse;
    test(`tcp_tw_reuse ${reuse}, seed ${seed}`, () => churnAboveHalf(seed, reuse, 25));
  }
});

describe('pools of connections after a burst', () => {
  for (const order of ORDERS) {
    for (const clientFirst of [true, false]) {
      for (const polled of ['from the start', 'from the peak on', 'once']) {
        test(`closed ${order} by the ${clientFirst ? 'client' : 'server'}, polled ${polled}`, () =>
          inNetwork(async (network) => {
            const random = new Random(SEED);
            network.range(LOW, LOW + SIZE - 1);
            network.sysctl({ 'ipv4.tcp_tw_reuse': 1, ...reuseDelay(REUSED_AT_ONCE_MS) });
            const listeners = listenAll(network);
            const churn = new Churn(network, random, listeners, [1001, 1002]);
            let watch = polled === 'from the start' ? new Watch() : undefined;
            await watch?.next();
            churn.open(TARGETS[0], 140);
            await watch?.next();
            churn.open(TARGETS[1], 180);
            if (polled === 'from the peak on') watch = new Watch();
            await watch?.next();
            for (const share of [100, 100, 60]) {
              churn.close(share, order, () => clientFirst);
              letReuseBegin();
              await watch?.next();
            }
            churn.open(TARGETS[2], 20);
            await expectNoAccusation(watch);
          }));
      }
    }
  }
});

/** Whether the kernel has what `open` needs; the errors say that it has not. */
function opens(open: () => void, ...errnos: readonly string[]): boolean {
  try {
    open();
    return true;
  } catch (error) {
    if (error instanceof SyscallError && errnos.includes(error.errno)) return false;
    throw error;
  }
}

function times(count: number, open: () => void): void {
  for (let opened = 0; opened < count; opened += 1) open();
}

describe('sockets of which connect() chooses the port otherwise', () => {
  test('MPTCP', (context) =>
    inNetwork(async (network) => {
      listenAll(network);
      const open = (): void => {
        connectMptcp(network, TARGETS[0]);
      };
      if (!opens(open, 'EPROTONOSUPPORT', 'ENOPROTOOPT')) context.skip('this kernel has no MPTCP');
      const watch = new Watch();
      await watch.next();
      times(60, open);
      await watch.next();
      times(20, open);
      await expectNoAccusation(watch);
    }));
});

describe('routes that do not depend on the destination alone', () => {
  const rules: readonly (readonly [string, readonly string[], (network: Network) => void])[] = [
    [
      'a firewall mark',
      ['fwmark', '1'],
      (network) => {
        connectMarked(network, FAR, 1);
      },
    ],
    [
      'a range of users',
      ['uidrange', '1001-1001'],
      (network) => {
        asUser(1001, () => network.connect(FAR));
      },
    ],
    [
      'a second table for the destination',
      ['to', '10.8.0.2'],
      (network) => {
        network.connect(FAR);
      },
    ],
  ];
  for (const [title, selector, open] of rules) {
    test(title, () =>
      besidePeer(async (network) => {
        ip('address', 'add', '10.8.0.9/24', 'dev', 'veth0');
        ip('route', 'add', '10.8.0.0/24', 'dev', 'veth0', 'src', '10.8.0.9', 'table', '100');
        ip('rule', 'add', ...selector, 'table', '100');
        const watch = new Watch();
        await watch.next();
        times(30, () => {
          open(network);
        });
        await watch.next();
        times(40, () => {
          open(network);
        });
        await expectNoAccusation(watch);
      }),
    );
  }

  test('a route that has changed: its address is not the preferred one any more', () =>
    besidePeer(async (network) => {
      const watch = new Watch();
      await watch.next();
      times(40, () => network.connect(FAR));
      await watch.next();
      ip('address', 'add', '10.8.0.9/24', 'dev', 'veth0');
      ip('route', 'change', '10.8.0.0/24', 'dev', 'veth0', 'src', '10.8.0.9');
      await watch.next();
      times(20, () => network.connect(FAR));
      await watch.next(70);
      await expectNoAccusation(watch);
    }));

  test('a VRF', (context) =>
    besidePeer(async (network) => {
      try {
        ip('link', 'add', 'red', 'type', 'vrf', 'table', '10');
      } catch {
        context.skip('this kernel has no VRF');
      }
      ip('link', 'set', 'red', 'up');
      ip('link', 'set', 'veth0', 'master', 'red');
      ip('address', 'add', '10.8.0.9/24', 'dev', 'veth0');
      const watch = new Watch();
      await watch.next();
      times(60, () => network.connect({ ...FAR, device: 'red' }));
      await expectNoAccusation(watch);
    }));
});

const FAR: Target = { to: '10.8.0.2', port: 80 };

async function besidePeer(body: (network: Network) => Promise<void>): Promise<void> {
  await inNetwork(async (network) => {
    const peer = Peer.connect('10.8.0.1', [FAR.to]);
    try {
      peer.inside((there) => there.listen('0.0.0.0', FAR.port));
      await body(network);
    } finally {
      peer.dispose();
    }
  });
}
