import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BpfError } from '../../src/kernel/bpf/bpf-object.ts';
import { TcpIterator } from '../../src/kernel/bpf/tcp-iterator.ts';
import { type TcpRows, openTcpRows } from '../../src/kernel/bpf/tcp-rows.ts';
import { TcpWalk } from '../../src/kernel/bpf/tcp-walk.ts';
import {
  BIND_OWNS,
  CONNECT_OWNS,
  OTHER_BIND_OWNS,
  TCP_LISTEN,
  TCP_TIME_WAIT,
} from '../../src/kernel/socket-row.ts';
import { NO_BPF } from '../support/bpf.ts';
import { programsOf, stillLoaded } from '../support/bpf-programs.ts';
import { UNBINDS_SHARED_PORTS } from '../support/kernel-version.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { localPort } from '../../deploy/demo/lab/syscalls.ts';

const A: Target = { to: '127.0.0.1', port: 80 };
const RANGE = { low: LOW, high: LOW + 99 };

interface Seen {
  readonly port: number;
  readonly state: number;
  readonly owner: number;
  readonly accepted: boolean | undefined;
  readonly timestamps: boolean;
  readonly v6Only: boolean | undefined;
}

/** Both programs, which must list the same. */
const PROGRAMS = { 'tcp-sockets': TcpIterator, 'tcp-walk': TcpWalk } as const;

let open: () => TcpRows;

function read(range = RANGE): Seen[] {
  const rows = open();
  const seen: Seen[] = [];
  const count = rows.read((row) => {
    seen.push({
      port: row.localPort,
      state: row.state,
      owner: row.portOwner,
      accepted: row.accepted,
      timestamps: row.mayHaveTimestamps,
      v6Only: row.v6Only,
    });
  }, range);
  rows.close();
  expect(count).toBe(seen.length);
  return seen;
}

function scenario(title: string, run: (network: Network) => void): void {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    test.skipIf(NO_BPF !== undefined)(`${title} (${name})`, async () => {
      open = () => program.open();
      await inNetwork(run);
    });
  }
}

scenario('the owner of a port is told, while its socket is open and in TIME_WAIT', (network) => {
  const listener = network.listen(A.to, A.port);
  const [closed] = network.connections(1, A, listener);
  if (closed === undefined) throw new Error('there is no connection');
  const inTimeWait = localPort(closed.client);
  network.close(closed.client);
  network.close(closed.server);
  const ofConnect = localPort(network.connect(A));
  const ofBind = localPort(network.connectBound(A, '127.0.0.9', 0));
  const rows = read();
  const of = (port: number): Seen | undefined => rows.find((row) => row.port === port);
  expect(of(ofConnect)).toMatchObject({ owner: CONNECT_OWNS, accepted: false });
  expect(of(ofBind)).toMatchObject({ owner: BIND_OWNS, accepted: false });
  expect(of(inTimeWait)).toMatchObject({ owner: CONNECT_OWNS, state: TCP_TIME_WAIT });
  expect(of(A.port)).toMatchObject({ owner: BIND_OWNS, state: TCP_LISTEN });
});

scenario('what a listener accepted is told from what connected', (network) => {
  const listener = network.listen('127.0.0.1', LOW + 11);
  network.connections(2, { to: '127.0.0.1', port: LOW + 11 }, listener);
  network.close(listener);
  const accepted = read().filter(({ port }) => port === LOW + 11);
  expect(accepted.map((row) => [row.owner, row.accepted])).toEqual([
    [BIND_OWNS, true],
    [BIND_OWNS, true],
  ]);
});

scenario(
  'a connect()ed socket beside a bound one is told from it where the kernel tells',
  (network) => {
    network.listen(A.to, A.port);
    const port = localPort(network.connect(A));
    network.listen('127.0.0.9', port);
    const row = read().find((each) => each.port === port && each.state !== TCP_LISTEN);
    expect(row?.owner).toBe(UNBINDS_SHARED_PORTS ? OTHER_BIND_OWNS : BIND_OWNS);
  },
);

scenario('connections without TCP timestamps are told, open or closed', (network) => {
  network.sysctl({ 'ipv4.tcp_timestamps': 0 });
  const listener = network.listen(A.to, A.port);
  const pairs = network.connections(2, A, listener);
  const [first] = pairs;
  if (first !== undefined) {
    network.close(first.client);
    network.close(first.server);
  }
  const without = pairs.map(({ client }, index) => (index === 0 ? undefined : localPort(client)));
  const rows = read().filter(({ state }) => state !== TCP_LISTEN);
  expect(rows.length).toBe(2);
  expect(rows.map(({ timestamps }) => timestamps)).toEqual([false, false]);
  expect(rows.map(({ port }) => port)).toContain(without[1]);
});

scenario('v6only is told of connected sockets too', (network) => {
  network.listen('::1', A.port);
  const port = localPort(network.connectBound({ to: '::1', port: A.port }, '::1', 0));
  expect(read().find((row) => row.port === port)?.v6Only).toBe(true);
});

scenario('only ports of the range are listed, its ends included, and all listeners', (network) => {
  network.listen(A.to, A.port);
  for (const port of [LOW + 9, LOW + 10, LOW + 20, LOW + 21])
    network.connectBound(A, '127.0.0.1', port);
  const ports = read({ low: LOW + 10, high: LOW + 20 }).map(({ port }) => port);
  expect(ports.toSorted((a, b) => a - b)).toEqual([A.port, LOW + 10, LOW + 20]);
});

scenario('nothing is left open', () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let opened = 0; opened < 5; opened += 1) {
    const earlier = programsOf('self');
    const rows = open();
    const loaded = programsOf('self').filter((id) => !earlier.includes(id));
    expect(stillLoaded(loaded)).toEqual(loaded);
    rows.close();
    expect(programsOf('self')).toEqual(earlier);
  }
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});

scenario('a pass over a namespace in which nothing happens is empty', () => {
  expect(read()).toEqual([]);
});

test.skipIf(NO_BPF !== undefined)('this kernel lets the walk in', () => {
  const rows = openTcpRows();
  rows.close();
  expect(rows).toBeInstanceOf(TcpWalk);
});

test.skipIf(NO_BPF !== undefined)('where it does not, the iterator is used', () => {
  const refused = new BpfError('BPF tcp-walk', 'refused by the kernel', 'EACCES');
  const rows = openTcpRows([failing(refused), () => TcpIterator.open()]);
  rows.close();
  expect(rows).toBeInstanceOf(TcpIterator);
});

test('where no program is let in, the last one says why; other errors are not taken for that', () => {
  const [first, last] = [new BpfError('BPF', 'first'), new BpfError('BPF', 'last')];
  expect(() => openTcpRows([failing(first), failing(last)])).toThrow(last);
  const bug = new TypeError('no such function');
  expect(() => openTcpRows([failing(bug), failing(last)])).toThrow(bug);
});

function failing(error: Error): () => never {
  return () => {
    throw error;
  };
}
