import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectAsync } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FailureProgram } from '../../src/kernel/bpf/failure-program.ts';
import { FailureStore, newFailureSlots } from '../../src/kernel/bpf/failure-store.ts';
import { Failures } from '../../src/scan/failures.ts';
import { PartMeter } from '../../src/scan/parts.ts';
import { NO_BPF } from '../support/bpf.ts';
import { BEST, Polls } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';

/** What the kernel refused, against the client's own count. */

const A: Target = { to: '127.0.0.1', port: 80 };
const B: Target = { to: '127.0.0.1', port: 81 };
const HOUR_MS = 3_600_000;
const E = { protocol: 'tcp', pool: 'connect' };

const scenario = (title: string, run: (network: Network, polls: Polls) => Promise<void>): void => {
  test.skipIf(NO_BPF !== undefined)(title, () =>
    inNetwork(async (network) => {
      const polls = new Polls({ flags: [`--poll.source=${BEST}`], failures: true });
      try {
        await polls.next();
        await run(network, polls);
      } finally {
        polls.close();
      }
    }),
  );
};

/** Connects until the kernel refuses, and `more` times after that; returns how often it refused. */
function exhaust(network: Network, target: Target, more: number): number {
  let refused = 0;
  for (let calls = 0; refused < more && calls < 10_000; calls += 1) {
    try {
      network.connect(target);
    } catch (error) {
      if (!(error instanceof SyscallError) || !error.message.includes('EADDRNOTAVAIL')) throw error;
      refused += 1;
    }
  }
  return refused;
}

function listenAll(network: Network): void {
  network.range(LOW, LOW + 9);
  for (const { to, port } of [A, B]) network.listen(to, port);
}

describe('refused connects', () => {
  scenario('are counted one for one, by endpoint, and from 0', async (network, polls) => {
    listenAll(network);
    network.connect(A);
    const before = await polls.next();
    expect(before.value('failures_total', { call: 'connect', protocol: 'tcp' })).toBe(0);
    expect(before.value('endpoint_failures_total', { ...E, remote_port: '80' })).toBe(0);
    const [toA, toB] = [exhaust(network, A, 300), exhaust(network, B, 45)];
    const page = await polls.next();
    expect(page.value('failures_total', { call: 'connect' })).toBe(toA + toB);
    expect(page.value('endpoint_failures_total', { ...E, remote_port: '80' })).toBe(toA);
    expect(page.value('endpoint_failures_total', { ...E, remote_port: '81' })).toBe(toB);
  });

  scenario('are those of IPv6 and of v4-mapped sockets too', async (network, polls) => {
    network.range(LOW, LOW + 9);
    network.listen('::', 80);
    const six = exhaust(network, { to: '::1', port: 80 }, 20);
    const mapped = exhaust(network, { to: '::ffff:127.0.0.1', port: 80 }, 30);
    const page = await polls.next();
    expect(page.value('endpoint_failures_total', { ...E, remote_address: '::1' })).toBe(six);
    expect(page.value('endpoint_failures_total', { ...E, remote_address: '127.0.0.1' })).toBe(
      mapped,
    );
  });

  scenario('are those of sockets that do not block too', async (network, polls) => {
    listenAll(network);
    for (let open = 0; open < 10; open += 1) network.connect(A);
    const codes = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const socket = connectAsync({ host: A.to, port: A.port });
        const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
        return error.code;
      }),
    );
    expect(new Set(codes)).toEqual(new Set(['EADDRNOTAVAIL']));
    expect((await polls.next()).value('failures_total', { call: 'connect' })).toBe(codes.length);
  });

  scenario('are no connects that failed for another reason', async (network, polls) => {
    network.range(LOW, LOW + 99);
    network.listen(A.to, A.port);
    // Refused by the peer, an address that does not exist, and a port that is named and in use.
    for (let calls = 0; calls < 5; calls += 1) {
      expect(() => network.connect({ to: '127.0.0.1', port: 4 })).toThrow('ECONNREFUSED');
      expect(() => network.connect({ to: '192.0.2.1', port: 80 })).toThrow('ENETUNREACH');
    }
    network.connectBound(A, '127.0.0.1', LOW + 5, true);
    expect(() => network.connectBound(A, '127.0.0.1', LOW + 5, true)).toThrow(/EADDR/);
    expect((await polls.next()).value('failures_total', { call: 'connect' })).toBe(0);
  });

  scenario('of two processes are told apart', async (network, polls) => {
    listenAll(network);
    for (let open = 0; open < 10; open += 1) network.connect(A);
    const script = `
      for (let calls = 0; calls < 40; calls += 1)
        require('node:net').connect(80, '127.0.0.1').on('error', () => {});
      setTimeout(() => process.exit(), 500);`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore', argv0: 'client' });
    await once(child, 'exit');
    const own = exhaust(network, A, 7);
    await polls.next();
    const [pool] = polls.details.namespaces
      .flatMap(({ kinds }) => kinds)
      .flatMap(({ exported }) => exported)
      .filter(({ failures }) => (failures?.total ?? 0) > 0);
    expect(pool?.failures).toMatchObject({ total: 40 + own, lastMinute: 40 + own });
    expect(pool?.failures?.processes.map(({ pid, failures }) => [pid, failures])).toEqual([
      [child.pid, 40],
      [process.pid, own],
    ]);
  });
});

scenario(
  'what finds no room among the endpoints is counted in its namespace',
  async (network, polls) => {
    network.range(LOW, LOW + 1);
    for (const port of [LOW, LOW + 1]) network.listen('127.0.0.9', port);
    const calls = 5000;
    for (let port = 1; port <= calls; port += 1) exhaust(network, { to: '127.0.0.1', port }, 1);
    expect((await polls.next()).value('failures_total', { call: 'connect' })).toBe(calls);
    const room = calls - (polls.details.failuresWithoutEndpoint ?? 0);
    expect(room).toBeGreaterThan(3500);
    expect(room).toBeLessThanOrEqual(4096);
  },
);

test.skipIf(NO_BPF !== undefined)(
  'what was refused long before a thread was replaced is not of the last minute',
  () =>
    inNetwork((network) => {
      const store = new FailureStore(newFailureSlots());
      const view = {
        net: '/proc/thread-self/net',
        sysctl: '/proc/sys/net',
        sockets: 'lasting',
      } as const;
      const seenBy = (failures: Failures): [number, number, boolean][] => {
        failures.read(0, 1000, new PartMeter());
        const found = failures.of(view)?.endpoints ?? [];
        return found.map(({ total, lastMinute, isRecent }) => [total, lastMinute, isRecent]);
      };
      const first = new Failures('auto', store);
      expect(seenBy(first)).toEqual([]);
      listenAll(network);
      for (let open = 0; open < 10; open += 1) network.connect(A);
      exhaust(network, A, 6);
      expect(seenBy(new Failures('auto', store))).toEqual([[6, 6, true]]);
      const later = (): number => Number(process.hrtime.bigint()) / 1e6 + HOUR_MS;
      expect(seenBy(new Failures('auto', store, later))).toEqual([[6, 0, false]]);
      first.close();
    }),
);

describe('refused binds', () => {
  const countsBinds = NO_BPF === undefined && canCountBinds();
  const WHERE = countsBinds ? 'are counted, by local address' : 'are absent, not 0, on this kernel';

  scenario(WHERE, async (network, polls) => {
    listenAll(network);
    for (let open = 0; open < 10; open += 1) network.connectBound(A, '127.0.0.9', 0);
    for (let calls = 0; calls < 4; calls += 1)
      expect(() => network.bindTcp('127.0.0.9', 0)).toThrow('EADDRINUSE');
    expect(() => network.bindTcp('127.0.0.1', A.port)).toThrow('EADDRINUSE');
    const page = await polls.next();
    const ofAddress = { pool: 'bind', local_address: '127.0.0.9' };
    const alert = { alert: 'EphemeralPortsBindFailing', severity: 'critical', ...ofAddress };
    expect([
      page.find('failures_total', { call: 'bind' }),
      page.find('endpoint_failures_total', ofAddress),
      page.find('alert', alert),
    ]).toEqual(countsBinds ? [4, 4, 1] : [undefined, undefined, undefined]);
  });
});

/** Some kernels refuse programs that see what a function returns. */
function canCountBinds(): boolean {
  const program = FailureProgram.open();
  program.close();
  return program.countsBinds;
}

describe('an endpoint with refused connects', () => {
  scenario('has the alert, critical, at once', async (network, polls) => {
    listenAll(network);
    exhaust(network, A, 3);
    const page = await polls.next();
    const labels = { alert: 'EphemeralPortsConnectFailing', severity: 'critical' };
    expect(page.value('alert', { ...labels, remote_port: '80' })).toBe(1);
    expect(page.value('alert_threshold_count', labels)).toBe(1);
  });

  scenario(
    'lives for ten minutes after the last one, also where it holds nothing',
    async (network, polls) => {
      network.range(LOW, LOW + 9);
      network.listen(A.to, A.port);
      // The ports are all taken by listeners, so that the endpoint never holds one.
      const listeners = Array.from({ length: 10 }, (_, index) =>
        network.listen('127.0.0.9', LOW + index),
      );
      const refused = exhaust(network, A, 4);
      network.close(...listeners);
      const of = { ...E, remote_port: '80' };
      expect((await polls.next()).value('endpoint_failures_total', of)).toBe(refused);
      polls.clock.step(500);
      const later = await polls.next();
      expect(later.value('endpoint_failures_total', of)).toBe(refused);
      expect(later.find('endpoint_held', of)).toBe(0);
      polls.clock.step(1300);
      await polls.next();
      polls.clock.step(700);
      expect((await polls.next()).find('endpoint_failures_total', of)).toBeUndefined();
    },
  );
});
