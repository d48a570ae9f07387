import { asUser } from '../../deploy/demo/lab/as-user.ts';
import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/cli/once/table.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { type Network, pause } from '../../deploy/demo/lab/network.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';
import { countConnects, countTcpBinds } from '../support/kernel-oracle.ts';
import { Peer } from '../support/peer.ts';
import { pollOnce, Polls, type Source, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { HAS_REUSE_DELAY } from '../support/kernel-version.ts';
import { inNetwork, REUSED_AT_ONCE_MS, reuseDelay } from '../support/scenario.ts';
import { Watch } from '../support/watch.ts';

/**
 * Outages that were seen in the field, in small: what the exporter says of each, by both sources, polled from the start and
 * by one poll at the end, and what the kernel then grants.
 */

const [LOW, HIGH] = [40_000, 40_399];
const SIZE = HIGH - LOW + 1;
/** The pause between two groups of connections, so that the ages of their TIME_WAITs differ. */
const TICK_MS = 10;

/** What is said of a namespace: series with their labels, and the value that is right. */
type Facts = readonly (readonly [string, Readonly<Record<string, string>>, number])[];

function expectFacts(page: Exposition, facts: Facts, who: string): void {
  for (const [name, labels, value] of facts) {
    expect(page.find(name, labels), `${name} ${JSON.stringify(labels)} ${who}`).toBe(value);
  }
}

/** All sources must say it: at the next poll of `watch`, `seconds` after the last, and by one poll alone. */
async function expectSaid(watch: Watch, facts: Facts, seconds = 1): Promise<void> {
  await expectSaidByWatch(watch, facts, seconds);
  for (const source of SOURCES) {
    expectFacts(await pollOnce(source), facts, `by ${source}, one poll`);
  }
}

async function expectSaidByWatch(watch: Watch, facts: Facts, seconds = 1): Promise<void> {
  for (const [source, page] of await watch.next(seconds)) expectFacts(page, facts, `by ${source}`);
  watch.close();
}

/**
 * The same of ports of which only the order of inode numbers tells who chose them. On a busy host other programs take the
 * numbers between: then one poll alone says of all `ports` that it cannot tell.
 */
async function expectSaidOrUndecided(watch: Watch, facts: Facts, ports: number): Promise<void> {
  await expectSaidByWatch(watch, facts);
  for (const source of SOURCES) {
    const polls = new Polls({ flags: [`--poll.source=${source}`], once: true });
    const page = await polls.next();
    const undecided = polls.details.namespaces[0]?.undecided;
    polls.close();
    if (undecided === ports && source !== 'bpf')
      expect(page.find('blocked', { protocol: 'tcp' })).toBe(0);
    else expectFacts(page, facts, `by ${source}, one poll`);
  }
}

/** Opens up to `count` connections, and polls once a `perPoll`; stops when the kernel refuses with `errno`. */
async function openSome(
  watch: Watch,
  count: number,
  perPoll: number,
  errno: string,
  open: (index: number) => void,
): Promise<number> {
  for (let opened = 0; opened < count; opened += 1) {
    try {
      open(opened);
    } catch (error) {
      if (error instanceof SyscallError && error.errno === errno) return opened;
      throw error;
    }
    if (opened % 10 === 9) pause(TICK_MS);
    if (opened % perPoll === perPoll - 1) await watch.next();
  }
  return count;
}

async function inRange(body: (network: Network, watch: Watch) => Promise<void>): Promise<void> {
  await inNetwork(async (network) => {
    network.range(LOW, HIGH);
    const watch = new Watch();
    await watch.next();
    await body(network, watch);
  });
}

async function besidePeer(
  own: string,
  peers: readonly string[],
  body: (network: Network, watch: Watch, peer: Peer) => Promise<void>,
): Promise<void> {
  await inRange(async (network, watch) => {
    const peer = Peer.connect(own, peers);
    try {
      await body(network, watch, peer);
    } finally {
      peer.dispose();
    }
  });
}

/** The alerts that fire, with their severity and the pool. */
function alertsOn(page: Exposition): readonly string[] {
  return page.samples
    .filter(({ name }) => name === 'ephemeral_ports_alert')
    .map(({ labels }) => `${labels['alert']} ${labels['severity']} ${labels['pool']}`);
}

const bindPool = (address: string): Record<string, string> => ({
  pool: 'bind',
  local_address: address,
});
const RANGE = { pool: 'range' };

describe('programs that bind before they connect', () => {
  test('from an address of their own, closed at once: no connect() works any more', () =>
    inRange(async (network, watch) => {
      // On an emulated machine more take longer to open than the first TIME_WAITs last.
      const size = 200;
      network.range(LOW, LOW + size - 1);
      const target = { to: '127.0.0.1', port: 11_211 };
      const listener = network.listen(target.to, target.port);
      const opened = await openSome(watch, 2 * size, 50, 'EADDRINUSE', () => {
        const client = network.connectBound(target, '127.32.0.1', 0);
        network.close(client, network.accept(listener));
      });
      expect(opened).toBe(size);
      await expectSaid(watch, [
        ['blocked', { protocol: 'tcp' }, size],
        ['capacity', { protocol: 'tcp' }, 0],
        ['endpoint_available', bindPool('127.32.0.1'), 0],
        ['endpoint_usage_ratio', RANGE, 1],
        ['worst_usage_ratio', { protocol: 'tcp' }, 1],
      ]);
      expect(countTcpBinds(network, '127.32.0.1')).toBe(0);
      expect(countConnects(network, { ...target, nonblocking: true })).toBe(0);
    }));

  test('slowly, to two ports, held: the usage rises with each', () =>
    inRange(async (network, watch) => {
      network.range(LOW, LOW + 199);
      network.addAddress('10.7.0.2');
      const ports = [8080, 9090];
      const listeners = ports.map((port) => network.listen('10.7.0.2', port));
      const firedAt = new Map<string, number>();
      await watch.next();
      for (let held = 1; held <= 188; held += 1) {
        network.connectBound({ to: '10.7.0.2', port: ports[held % 2] ?? 0 }, '127.0.0.6', 0);
        network.accept(listeners[held % 2] ?? -1);
        if (held % 4 !== 0) continue;
        for (const [source, page] of await watch.next()) {
          expect(page.find('endpoint_usage_ratio', RANGE), source).toBe(held / 200);
          expect(page.find('endpoint_usage_ratio', bindPool('127.0.0.6')), source).toBe(held / 200);
          for (const name of alertsOn(page)) if (!firedAt.has(name)) firedAt.set(name, held);
        }
      }
      // Four a second, and an alert fires after 10 seconds: 40 ports after 70 %.
      expect(Object.fromEntries(firedAt)).toMatchObject({
        'EphemeralPortsBindExhaustion warning bind': 180,
        'EphemeralPortsRangeBlocked warning range': 180,
      });
      const forecasts = [...firedAt].filter(([name]) => name.startsWith('EphemeralPortsForecast'));
      expect(forecasts.length).toBe(4);
      await expectSaid(watch, [
        ['capacity', { protocol: 'tcp' }, 12],
        ['endpoint_available', bindPool('127.0.0.6'), 12],
      ]);
      expect(countTcpBinds(network, '127.0.0.6')).toBe(12);
    }));

  // One poll alone by /proc cannot tell where the inode numbers go on in another batch just when the second pass is full.
  test('from the usual address, to two hosts, held: nothing is left to anybody', { retry: 1 }, () =>
    besidePeer('10.8.0.1', ['10.8.0.2', '10.8.0.3'], async (network, watch, peer) => {
      peer.inside((there) => there.listen('0.0.0.0', 80));
      const targets = ['10.8.0.2', '10.8.0.3'].map((to) => ({ to, port: 80 }));
      const opened = await openSome(watch, 440, 50, 'EADDRINUSE', (index) => {
        network.connectBound(targets[index % 2] ?? { to: '', port: 0 }, '10.8.0.1', 0);
      });
      expect(opened).toBe(SIZE);
      const left = targets.map(({ to }) => {
        return ['endpoint_available', { pool: 'connect', remote_address: to }, 0] as const;
      });
      const facts: Facts = [
        ['blocked', { protocol: 'tcp' }, SIZE],
        ['endpoint_available', bindPool('10.8.0.1'), 0],
        ...left,
      ];
      await expectSaidOrUndecided(watch, facts, SIZE);
      expect(countTcpBinds(network, '10.8.0.1')).toBe(0);
      for (const target of targets) expect(countConnects(network, target)).toBe(0);
    }),
  );

  test('from ports that it names, most of the range: the client of another service is not to blame', () =>
    besidePeer('10.8.0.1', ['10.8.0.2'], async (network, watch, peer) => {
      peer.inside((there) => [80, 81].map((port) => there.listen('0.0.0.0', port)));
      await openSome(watch, 300, 50, '', (index) => {
        network.connectBound({ to: '10.8.0.2', port: 80 }, '10.8.0.1', LOW + index, true);
      });
      const other = { to: '10.8.0.2', port: 81 };
      asUser(1002, () => {
        for (let open = 0; open < 75; open += 1) network.connect(other);
      });
      const facts: Facts = [
        ['blocked', { protocol: 'tcp' }, 300],
        ['endpoint_usage_ratio', RANGE, 300 / SIZE],
        ['endpoint_available', { pool: 'connect', remote_port: '81' }, 25],
      ];
      // So long that the dump of named ports is due, whatever it cost before.
      await expectSaid(watch, facts, 60);
      expect(countConnects(network, other)).toBe(25);
    }));
});

test('listeners that accept one connection each, as those of FTP in passive mode', () =>
  besidePeer('10.7.0.1', ['10.7.0.2'], async (network, watch, peer) => {
    const random = new Random(3);
    const ports = new Set<number>();
    await openSome(watch, 150, 30, '', () => {
      const { port, listener } = listenSomewhere(network, random);
      ports.add(port);
      const client = peer.inside((there) => there.connect({ to: '10.7.0.1', port }));
      network.close(listener, network.accept(listener));
      peer.inside((there) => {
        there.close(client);
      });
    });
    await expectSaid(watch, [
      ['capacity', { protocol: 'tcp' }, SIZE - ports.size],
      ['blocked', { protocol: 'tcp' }, ports.size],
      ['endpoints', { protocol: 'tcp' }, 0],
    ]);
    for (const source of SOURCES) {
      const line = `? Ports of listeners that have closed, as those of FTP in passive mode: ${ports.size}. `;
      expect(await tableBy(source)).toContain(`\n${line}`);
    }
    peer.inside((there) => there.listen('0.0.0.0', 99));
    expect(countConnects(network, { to: '10.7.0.2', port: 99 })).toBe(SIZE - ports.size);
  }));

/** What `--once` prints. */
async function tableBy(source: Source): Promise<string> {
  const polls = new Polls({ flags: [`--poll.source=${source}`], once: true });
  await polls.next();
  const table = renderTable(polls.details, new RemoteNames([]));
  polls.close();
  return table;
}

function listenSomewhere(
  network: Network,
  random: Random,
): { readonly port: number; readonly listener: number } {
  for (let tries = 0; tries < 1000; tries += 1) {
    const port = LOW + random.below(SIZE);
    try {
      return { port, listener: network.listen('10.7.0.1', port) };
    } catch (error) {
      if (!(error instanceof SyscallError && error.errno === 'EADDRINUSE')) throw error;
    }
  }
  throw new Error('no port is free');
}

test('a peer without TCP timestamps: its TIME_WAITs are not taken over, whatever tcp_tw_reuse says', () =>
  besidePeer('10.8.0.1', ['10.8.0.2'], async (network, watch, peer) => {
    // Kernels without the sysctl are emulated: there the first TIME_WAIT of many would end before the last begins.
    const size = HAS_REUSE_DELAY ? SIZE : 100;
    network.range(LOW, LOW + size - 1);
    network.sysctl({ 'ipv4.tcp_tw_reuse': 1, ...reuseDelay(REUSED_AT_ONCE_MS) });
    const target = { to: '10.8.0.2', port: 6379 };
    const listener = peer.inside((there) => {
      there.sysctl({ 'ipv4.tcp_timestamps': 0 });
      return there.listen(target.to, target.port);
    });
    const opened = await openSome(watch, size + 30, size / 10, 'EADDRNOTAVAIL', (index) => {
      const client = network.connect(target);
      network.close(client, network.accept(listener));
      if (index === size / 2 - 1) pause(HAS_REUSE_DELAY ? 700 : 1700);
    });
    expect(opened).toBe(size);
    const labels = { pool: 'connect', remote_port: '6379' };
    await expectSaid(watch, [
      ['endpoint_available', labels, 0],
      ['endpoint_held', labels, size],
      ['blocked', { protocol: 'tcp' }, 0],
    ]);
    expect(countConnects(network, target)).toBe(0);
  }));
