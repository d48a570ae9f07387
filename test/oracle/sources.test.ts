import { expect, test } from 'vitest';
import { formatAddress } from '../../src/kernel/address.ts';
import { BpfSource } from '../../src/kernel/bpf/bpf-source.ts';
import { openTcpRows } from '../../src/kernel/bpf/tcp-rows.ts';
import { ProcSource } from '../../src/kernel/proc/proc-source.ts';
import { SockDiagSource } from '../../src/kernel/netlink/sock-diag-source.ts';
import {
  LOCAL,
  REMOTE,
  type RowVisitor,
  type SocketRow,
  type SocketSource,
  type TableReading,
  TCP_LISTEN,
} from '../../src/kernel/socket-row.ts';
import type { PortRange } from '../../src/kernel/proc/sysctl.ts';
import { hasBpf } from '../support/bpf.ts';
import { SHOWS_IDLE } from '../support/kernel-version.ts';
import { Mixture } from '../support/mixture.ts';
import { Random } from '../support/random.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

const NET = '/proc/thread-self/net';
/** What /proc rounds by, and a tick of the kernel's clock. */
const TICK_MS = 20;
const ALL: PortRange = { low: 0, high: 65_535 };

interface Seen {
  readonly key: string;
  readonly remaining: number;
}

function rowsOf(source: SocketSource, range: PortRange): Seen[] {
  const seen: Seen[] = [];
  const visit =
    (protocol: string) =>
    (row: SocketRow): void => {
      const inRange = row.localPort >= range.low && row.localPort <= range.high;
      const listens = protocol === 'tcp' && row.state === TCP_LISTEN;
      if (inRange || listens) seen.push({ key: keyOf(protocol, row), remaining: row.remainingMs });
    };
  source.readTcp(visit('tcp'), range, false);
  source.readUdp(visit('udp'), range);
  return seen.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function keyOf(protocol: string, row: SocketRow): string {
  const local = `${formatAddress(row.addresses, LOCAL)} ${row.localPort}`;
  const remote = `${formatAddress(row.addresses, REMOTE)} ${row.remotePort}`;
  return `${protocol} ${row.ipv6Socket} ${local} ${remote} ${row.state}`;
}

/** What all say of one quiet namespace, row by row, idle-bound sockets aside: /proc has none. */
function compare(range: PortRange): void {
  const startMs = performance.now();
  const proc = rowsOf(new ProcSource(NET), range);
  const netlink = SockDiagSource.open(NET);
  const others = [rowsOf(netlink, range), ...(hasBpf() ? [rowsByBpf(netlink, range)] : [])];
  netlink.close();
  const goneBy = performance.now() - startMs + TICK_MS;
  for (const rows of others) {
    expect(rows.map(({ key }) => key)).toEqual(proc.map(({ key }) => key));
    rows.forEach(({ remaining }, index) => {
      const difference = (proc[index]?.remaining ?? 0) - remaining;
      expect(difference).toBeGreaterThanOrEqual(-TICK_MS);
      expect(difference).toBeLessThanOrEqual(goneBy);
    });
  }
}

function rowsByBpf(netlink: SockDiagSource, range: PortRange): Seen[] {
  const iterator = openTcpRows();
  try {
    return rowsOf(new BpfSource(iterator, netlink), range);
  } finally {
    iterator.close();
  }
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`all sources show the same rows of a quiet namespace (seed ${seed})`, () =>
    inNetwork((network) => {
      new Mixture(network, new Random(seed)).stage();
      compare(ALL);
    }));
}

const RANGE: PortRange = { low: 40_010, high: 40_020 };
/** Beside and on its ends. */
const EDGES = [40_009, 40_010, 40_020, 40_021];

/** The ports of what netlink visits, in order of their number. */
function portsByNetlink(
  read: (source: SockDiagSource, visit: RowVisitor) => TableReading,
): number[] {
  const source = SockDiagSource.open(NET);
  const ports: number[] = [];
  const { rows } = read(source, ({ localPort }) => void ports.push(localPort));
  source.close();
  expect(rows).toBe(ports.length);
  return ports.toSorted((a, b) => a - b);
}

test('only rows of the range are asked for, its ends included', () =>
  inNetwork((network) => {
    const target = { to: '127.0.0.1', port: LOW + 30 };
    network.listen(target.to, target.port);
    for (const port of EDGES) network.connectBound(target, '127.0.0.1', port);
    for (const port of EDGES) network.bindUdp('::', port);
    compare(RANGE);
    expect(portsByNetlink((source, visit) => source.readTcp(visit, RANGE, false))).toEqual([
      40_010,
      40_020,
      target.port,
    ]);
    expect(portsByNetlink((source, visit) => source.readUdp(visit, RANGE))).toEqual([
      40_010, 40_020,
    ]);
  }));

test('listeners outside the range are shown too, before all other rows; idle sockets there are not', () =>
  inNetwork((network) => {
    network.listen('127.0.0.1', 80);
    for (const port of EDGES)
      network.connectBound({ to: '127.0.0.1', port: 80 }, '127.0.0.1', port);
    network.listen('::1', 65_535);
    network.listen('127.0.0.9', RANGE.low + 1);
    for (const port of EDGES) network.bindTcp('127.0.0.2', port);
    compare(RANGE);
    const source = SockDiagSource.open(NET);
    const seen: string[] = [];
    source.readTcp(({ state, localPort }) => seen.push(`${state} ${localPort}`), RANGE, true);
    source.close();
    const idle = SHOWS_IDLE ? ['7 40010', '7 40020'] : [];
    expect(seen.slice(0, 3).toSorted()).toEqual(['10 40011', '10 65535', '10 80']);
    expect(seen.slice(3).toSorted()).toEqual(['1 40010', '1 40020', ...idle]);
  }));

test('a socket has one cookie for life, TIME_WAIT included', () =>
  inNetwork((network) => {
    const target = { to: '127.0.0.1', port: 80 };
    const listener = network.listen(target.to, target.port);
    const [connection] = network.connections(1, target, listener);
    const source = SockDiagSource.open(NET);
    const cookies = (): string[] => {
      const seen: string[] = [];
      source.readTcp(
        (row) => {
          if (row.remotePort === 80) seen.push(`${row.state} ${row.cookieHigh} ${row.cookieLow}`);
        },
        ALL,
        false,
      );
      return seen;
    };
    const [before = ''] = cookies();
    if (connection) network.close(connection.client, connection.server);
    expect(before).toMatch(/^1 /);
    expect(cookies()).toEqual([before.replace(/^1/, '6')]);
    source.close();
  }));

test('a single socket is asked for by its cookie, and may have gone', () =>
  inNetwork((network) => {
    const target = { to: '127.0.0.1', port: 80 };
    const listener = network.listen(target.to, target.port);
    network.connections(1, target, listener);
    const source = SockDiagSource.open(NET);
    const asked: unknown[] = [];
    source.readTcp(
      (row) => {
        if (row.remotePort !== 80) return;
        asked.push(source.inspector.inspect(row));
        row.cookieLow += 1;
        asked.push(source.inspector.inspect(row));
        row.cookieLow -= 1;
        row.localPort ^= 1;
        asked.push(source.inspector.inspect(row));
      },
      ALL,
      false,
    );
    source.close();
    expect(asked).toEqual([{ accepted: false, timestamps: true }, undefined, undefined]);
  }));

test('each end of a connection says whether it was accepted, before and after the other end closed', () =>
  inNetwork((network) => {
    const target = { to: '127.0.0.1', port: 80 };
    const listener = network.listen(target.to, target.port);
    const [open, half] = network.connections(2, target, listener);
    if (half) network.close(half.client);
    expect(open).toBeDefined();
    const source = SockDiagSource.open(NET);
    const accepted: string[] = [];
    source.readTcp(
      (row) => {
        if (row.state === 10) return;
        const details = source.inspector.inspect(row);
        accepted.push(`${row.localPort === 80 ? 'server' : 'client'} ${details?.accepted}`);
      },
      ALL,
      false,
    );
    source.close();
    expect(accepted.toSorted()).toEqual([
      'client false',
      'client undefined',
      'server true',
      'server true',
    ]);
  }));
