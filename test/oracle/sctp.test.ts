import { closeSync, openSync, readSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSctpSockets } from '../../src/kernel/proc/net/net-protocols.ts';
import { readSctp } from '../../src/kernel/proc/net/net-sctp.ts';
import { ONLY_HERE, run } from '../support/exporter.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { countSctpBinds, countSctpConnects } from '../support/kernel-oracle.ts';
import { type Network, pause, type Target } from '../../deploy/demo/lab/network.ts';
import { pollOnce, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import {
  associate,
  bindSctp,
  connectSctp,
  listenSctp,
  missingSctp,
  peelOff,
  type SctpStyle,
} from '../support/sctp.ts';
import { localPort, type SyscallError } from '../../deploy/demo/lab/syscalls.ts';

/**
 * SCTP: one budget of ports per namespace. Skipped where the kernel has no SCTP; it must run in the guests
 * of `npm run test:kernels` (`EXPECT_SCTP`).
 */

const NO_SCTP = missingSctp();
if (NO_SCTP !== undefined) console.warn(`SCTP is not tested: ${NO_SCTP}`);

/** Of this thread's namespace. */
const NET = '/proc/thread-self/net';

/** Where connects go: a listener outside the range. */
const SERVER: Target = { to: '127.0.0.1', port: 3868 };
const SERVER6: Target = { to: '::1', port: 3869 };
const STYLES = ['one', 'many'] as const;

type SctpStage = (network: Network) => unknown;

/**
 * Opens the servers, then what the test is about. A one-to-one listener keeps an association that closed
 * before it was accepted, and its peer's port could not connect to it again: the servers are one-to-many.
 */
function inSctpNetwork(body: (network: Network) => void | Promise<void>): Promise<void> {
  return inNetwork(async (network) => {
    for (const { to, port } of [SERVER, SERVER6]) listenSctp(network, to, port, 'many');
    return body(network);
  });
}

/** A pool that holds nothing has no series: all its capacity is left. */
function predictSctp(page: Exposition): number {
  const available = page.find('endpoint_available', { protocol: 'sctp' });
  return available ?? page.value('capacity', { protocol: 'sctp' });
}

/** What the kernel grants to each call, each asked of the same budget: what it granted is closed again. */
function measureSctp(network: Network): Readonly<Record<string, number>> {
  return {
    'bind ipv4': countSctpBinds(network, '0.0.0.0'),
    'bind ipv6': countSctpBinds(network, '::'),
    'bind 127.0.0.1': countSctpBinds(network, '127.0.0.1'),
    'connect one-to-one': countSctpConnects(network, SERVER, 'one'),
    'connect one-to-many': countSctpConnects(network, SERVER6, 'many'),
  };
}

/** The same of every call. */
function all(left: number): Readonly<Record<string, number>> {
  const calls = ['bind ipv4', 'bind ipv6', 'bind 127.0.0.1'];
  const connects = STYLES.map((style) => `connect one-to-${style}`);
  return Object.fromEntries([...calls, ...connects].map((call) => [call, left]));
}

/** One poll says what the kernel then grants, `off` ports too many. */
function sctpScenario(title: string, stage: SctpStage, off = 0): void {
  test.skipIf(NO_SCTP)(title, () =>
    inSctpNetwork(async (network) => {
      stage(network);
      const predicted = predictSctp(await pollOnce());
      expect(all(predicted - off)).toEqual(measureSctp(network));
    }),
  );
}

function times(count: number, open: (index: number) => unknown): void {
  for (let done = 0; done < count; done += 1) open(done);
}

describe('exactly what the kernel grants', () => {
  sctpScenario('nothing in the range', () => undefined);

  for (const style of STYLES) {
    sctpScenario(`one-to-${style} listeners, in the range and outside`, (network) => {
      const addresses = ['0.0.0.0', '127.0.0.1', '::', '::1'];
      addresses.forEach((address, index) => {
        times(3, (n) => listenSctp(network, address, LOW + 10 * index + n, style));
        times(3, (n) => listenSctp(network, address, 30_000 + 10 * index + n, style));
      });
      for (const address of addresses) times(2, () => listenSctp(network, address, 0, style));
    });

    sctpScenario(`one-to-${style} associations, IPv4, IPv6 and mapped`, (network) => {
      times(11, () => connectSctp(network, SERVER, style));
      times(7, () => connectSctp(network, SERVER6, style));
      times(5, () => connectSctp(network, { ...SERVER, mapped: true }, style));
    });
  }

  sctpScenario('all associations of a one-to-many socket share its port', (network) => {
    const servers = Array.from({ length: 9 }, (_, n) => ({ to: '127.0.0.1', port: 5000 + n }));
    for (const { to, port } of servers) listenSctp(network, to, port);
    times(3, () => {
      const fd = connectSctp(network, SERVER, 'many');
      for (const server of servers) associate(fd, server);
      peelOff(network, fd);
      peelOff(network, fd);
    });
  });

  sctpScenario('accepted sockets keep the port of a listener that has closed', (network) => {
    const listener = listenSctp(network, '127.0.0.1', LOW + 50);
    const target = { to: '127.0.0.1', port: LOW + 50 };
    times(4, () => connectSctp(network, target));
    times(4, () => network.accept(listener));
    network.close(listener);
  });

  sctpScenario('two listeners share a port by their addresses', (network) => {
    times(4, (n) => listenSctp(network, `127.0.0.${n + 1}`, LOW + 7));
  });

  sctpScenario('reserved ports are never picked, though they may be bound', (network) => {
    network.sysctl({ 'ipv4.ip_local_reserved_ports': `${LOW}-${LOW + 9},${LOW + 40}` });
    times(3, (n) => listenSctp(network, '0.0.0.0', LOW + 5 * n));
    times(6, () => connectSctp(network, SERVER));
  });

  sctpScenario('a range of odd size', (network) => {
    network.range(LOW, LOW + 56);
    times(6, () => connectSctp(network, SERVER));
  });

  sctpScenario('sockets that closed have given their port back', (network) => {
    const listener = listenSctp(network, '127.0.0.1', LOW + 50);
    const opened = Array.from({ length: 20 }, () => connectSctp(network, SERVER));
    const idle = Array.from({ length: 20 }, () => bindSctp(network, '::', 0));
    network.close(listener, ...opened, ...idle);
    pause(300);
  });

  sctpScenario('none left', (network) => {
    times(60, () => connectSctp(network, SERVER));
    times(40, () => listenSctp(network, '::', 0));
  });
});

describe('random mixtures', () => {
  const seed = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);
  for (let each = seed; each < seed + 5; each += 1) {
    sctpScenario(`with seed ${each}`, (network) => {
      stageMixture(network, new Random(each));
    });
  }
});

function stageMixture(network: Network, random: Random): void {
  const address = (): string => random.pick(['0.0.0.0', '127.0.0.1', '127.0.0.2', '::', '::1']);
  const port = (): number => (random.oneIn(3) ? 0 : LOW - 20 + random.below(140));
  const style = (): SctpStyle => random.pick(STYLES);
  const clients: number[] = [];
  for (let step = 0; step < 40; step += 1) {
    unlessInUse(() => listenSctp(network, address(), port(), style()));
    random.times(2, () => clients.push(connectSctp(network, SERVER, style())));
    random.times(1, () => clients.push(connectSctp(network, SERVER6, style())));
    const gone = random.oneIn(3) ? clients.pop() : undefined;
    if (gone !== undefined) network.close(gone);
    if (clients.length + step > 60) break;
  }
  pause(300);
}

/** A mixture may name a port that is taken. */
function unlessInUse(open: () => unknown): void {
  try {
    open();
  } catch (error) {
    if ((error as SyscallError).errno !== 'EADDRINUSE') throw error;
  }
}

describe('where the kernel shows nothing: too many are said to be left', () => {
  for (const style of STYLES) {
    sctpScenario(
      `one-to-${style} sockets that are bound, but neither listen nor have an association`,
      (network) => {
        times(7, () => bindSctp(network, '0.0.0.0', 0, style));
        times(5, () => bindSctp(network, '::1', 0, style));
      },
      12,
    );
  }

  sctpScenario(
    'sockets that stay open after the peer has closed the association',
    (network) => {
      const listener = listenSctp(network, '127.0.0.1', 5000);
      times(9, () => connectSctp(network, { to: '127.0.0.1', port: 5000 }));
      network.close(listener);
      pause(300);
    },
    9,
  );
});

describe('both sources', () => {
  test.skipIf(NO_SCTP)('say the same', () =>
    inSctpNetwork(async (network) => {
      times(30, () => connectSctp(network, SERVER));
      for (const source of SOURCES) expect(predictSctp(await pollOnce(source)), source).toBe(70);
    }),
  );
});

describe('net/protocols', () => {
  test.skipIf(NO_SCTP)('counts the sockets of this namespace alone, whatever they do', () =>
    inNetwork((network) => {
      expect(readSctpSockets(NET)).toBe(0);
      const listener = listenSctp(network, SERVER.to, SERVER.port);
      expect(readSctpSockets(NET)).toBe(1);
      bindSctp(network, '::', 0);
      const one = connectSctp(network, SERVER);
      const many = connectSctp(network, SERVER, 'many');
      expect(readSctpSockets(NET)).toBe(4);
      network.accept(listener);
      peelOff(network, many);
      expect(readSctpSockets(NET)).toBe(6);
      network.close(one);
      expect(readSctpSockets(NET)).toBe(5);
    }),
  );

  test.skipIf(NO_SCTP)('knows no socket that has closed, whose port `assocs` shows', () =>
    inNetwork(async (network) => {
      listenSctp(network, SERVER.to, SERVER.port);
      const clients = Array.from({ length: 8 }, () => connectSctp(network, SERVER));
      network.silence();
      network.close(...clients);
      expect(readSctpSockets(NET)).toBe(1);
      const page = await pollOnce();
      expect(predictSctp(page)).toBe(92);
      expect(countSctpBinds(network, '0.0.0.0')).toBe(92);
    }),
  );
});

describe('tables longer than a page', () => {
  /** Bytes of each read, up to the one of nothing. */
  function readsOf(path: string): readonly number[] {
    const fd = openSync(path, 'r');
    const buffer = Buffer.alloc(65_536);
    const lengths: number[] = [];
    do lengths.push(readSync(fd, buffer, 0, buffer.length, null));
    while (lengths.at(-1) !== 0);
    closeSync(fd);
    return lengths;
  }

  /** Above this, `LineReader` goes on reading a table of even rows. */
  const FULL_PAGE = 4096 - 512;

  test.skipIf(NO_SCTP)('a short read of `eps` is not the last', () =>
    inNetwork(async (network) => {
      times(90, (n) => listenSctp(network, '127.0.0.1', LOW + n));
      // Ports 64 apart are in one bucket of the kernel's table, which is one record of the file.
      times(200, (n) => listenSctp(network, '::1', 20_000 + 64 * (n >> 3) + (n & 7)));
      const reads = readsOf(`${NET}/sctp/eps`);
      expect(reads.slice(0, -2).some((length) => length < FULL_PAGE)).toBe(true);
      expect(portsOf()).toHaveLength(290);
      expect(predictSctp(await pollOnce())).toBe(10);
      expect(countSctpBinds(network, '::')).toBe(10);
    }),
  );

  test.skipIf(NO_SCTP)('nor of `assocs`, where a socket has many addresses', () =>
    inNetwork(async (network) => {
      times(60, (n) => {
        network.addAddress(`10.20.30.${n + 1}`);
      });
      const server = { to: '10.20.30.1', port: 3868 };
      listenSctp(network, '0.0.0.0', server.port);
      times(90, () => connectSctp(network, server));
      const reads = readsOf(`${NET}/sctp/assocs`);
      expect(reads.slice(0, -2).some((length) => length < FULL_PAGE)).toBe(true);
      expect(portsOf()).toHaveLength(91);
      expect(predictSctp(await pollOnce())).toBe(10);
      expect(countSctpBinds(network, '::')).toBe(10);
    }),
  );

  function portsOf(): readonly number[] {
    const ports = new Set<number>();
    const reading = readSctp(NET, (port) => ports.add(port));
    expect(reading?.malformedRows).toBe(0);
    return [...ports];
  }
});

describe('what a person sees', () => {
  test.skipIf(NO_SCTP)('when no port is left', () =>
    inSctpNetwork((network) => {
      const ports = Array.from({ length: 100 }, () => localPort(connectSctp(network, SERVER)));
      expect(new Set(ports).size).toBe(100);
      const { stdout } = run('--once', '--once.format=table', ONLY_HERE);
      expect(stdout).toContain('SCTP: 0 of 100 ports available.');
      expect(stdout).toMatch(
        /^! critical EphemeralPortsExhaustion: netns \d+ \(node\): SCTP: no port is left: connect\(\) fails with EAGAIN\./m,
      );
      expect(() => connectSctp(network, SERVER)).toThrow('EAGAIN');
    }),
  );

  test.skipIf(NO_SCTP)('nothing, where the namespace does not use SCTP', () =>
    inNetwork(async () => {
      expect(run('--once', '--once.format=table', ONLY_HERE).stdout).not.toContain('SCTP');
      const samples = (await pollOnce()).samples.filter(
        ({ labels }) => labels['protocol'] === 'sctp',
      );
      expect(samples).toEqual([]);
    }),
  );
});

describe('where this kernel has no SCTP', () => {
  test.skipIf(NO_SCTP === undefined)('there is no table', () => {
    expect(readSctp(NET, () => undefined)).toBeUndefined();
    expect(readSctpSockets(NET)).toBe(0);
  });
});
