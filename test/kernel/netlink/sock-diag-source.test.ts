import { readdirSync, readlinkSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SockDiagSource } from '../../../src/kernel/netlink/sock-diag-source.ts';
import { type SocketRow, TCP_ESTABLISHED } from '../../../src/kernel/socket-row.ts';

const NET = '/proc/thread-self/net';
const ALL = { low: 0, high: 65_535 };
const CONNECTIONS = 20;

const server: Server = createServer();
const accepted: Socket[] = [];
const clients: Socket[] = [];

/** Connections whose both ends are this process's, in the namespace that the tests are run in. */
beforeAll(async () => {
  server.on('connection', (socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (let count = 0; count < CONNECTIONS; count += 1) {
    const client = connect(port, '127.0.0.1');
    clients.push(client);
    await new Promise((resolve) => client.once('connect', resolve));
  }
  await vi.waitUntil(() => accepted.length === CONNECTIONS);
});

afterAll(() => {
  for (const socket of [...clients, ...accepted]) socket.destroy();
  server.close();
});

/** Not those in TIME_WAIT: a server of another test may have had the same port. */
function clientRows(source: SockDiagSource, visit: (row: SocketRow) => void): void {
  const { port } = server.address() as AddressInfo;
  source.readTcp((row) => {
    if (row.remotePort === port && row.state === TCP_ESTABLISHED) visit(row);
  }, ALL);
}

/** What the links under /proc/self/fd show of the sockets that this process has open. */
function openSockets(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith('socket:') ? [target] : [];
    } catch {
      return [];
    }
  });
}

test('a source opens one socket, and those for single questions at the first question', () => {
  const before = openSockets().length;
  const source = SockDiagSource.open(NET);
  const counts = [openSockets().length - before];
  clientRows(source, (row) => {
    if (counts.length > 2) return;
    source.inspector.inspect(row);
    counts.push(openSockets().length - before);
    source.inspector.hasUsualAddress(row);
    source.inspector.inspect(row);
    counts.push(openSockets().length - before);
  });
  source.close();
  counts.push(openSockets().length - before);
  expect(counts).toEqual([1, 2, 3, 0]);
});

test('questions from within a dump do not disturb it', () => {
  const source = SockDiagSource.open(NET);
  const [undisturbed, disturbed]: [number[], number[]] = [[], []];
  clientRows(source, (row) => undisturbed.push(row.localPort));
  clientRows(source, (row) => {
    expect(source.inspector.inspect(row)).toEqual({ accepted: false, timestamps: true });
    expect(source.inspector.hasUsualAddress(row)).toBe(true);
    disturbed.push(row.localPort);
  });
  source.close();
  expect(disturbed).toHaveLength(CONNECTIONS);
  expect(disturbed.toSorted()).toEqual(undisturbed.toSorted());
});

test('whether the kernel has IPv6 is looked for until it is seen, and not again', async () => {
  vi.resetModules();
  const fresh = await import('../../../src/kernel/netlink/sock-diag-source.ts');
  const hasIpv6 = (net: string): boolean => {
    const source = fresh.SockDiagSource.open(net);
    const { ipv6 } = source.readUdp(() => undefined, ALL);
    source.close();
    return ipv6;
  };
  expect(['/nowhere', NET, '/nowhere'].map(hasIpv6)).toEqual([false, true, true]);
});
