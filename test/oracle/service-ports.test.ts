import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/cli/once/table.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { type Network, pause } from '../../deploy/demo/lab/network.ts';
import * as sys from '../../deploy/demo/lab/syscalls.ts';
import { temporaryFile } from '../support/exporter.ts';
import { canListen } from '../support/kernel-oracle.ts';
import { Peer } from '../support/peer.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { HIGH, inNetwork, LOW } from '../support/scenario.ts';
import { tolerate } from '../support/tolerate.ts';

/**
 * Service ports against the kernel: a service that binds a port which is called taken is refused, and one that binds a port
 * which is called safe or exposed listens.
 */

const CASES = Number(process.env['SERVICE_PORT_CASES'] ?? 100);
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);

/** Where services bind, as the configuration writes it. */
const ADDRESSES = ['0.0.0.0', '::', '127.0.0.1', '127.0.0.2', '::1', 'fd00::7'] as const;
type Address = (typeof ADDRESSES)[number];

function configFor(address: string): string {
  return temporaryFile(
    `services-${address.replaceAll(':', '_')}.yaml`,
    `namespaces: { discover: off }\nservice_ports: [{ port: ${LOW}-${HIGH + 20}, address: "${address}" }]\n`,
  );
}

/** The ports that are called taken of services at the address, by each source. */
async function takenAt(address: Address): Promise<readonly (readonly number[])[]> {
  const found: (readonly number[])[] = [];
  for (const source of SOURCES) {
    const flags = [`--config.file=${configFor(address)}`, `--poll.source=${source}`];
    const polls = new Polls({ flags });
    await polls.next();
    const [namespace] = polls.details.servicePorts.namespaces;
    const { taken = [], counts } = namespace ?? {};
    expect(counts?.taken).toBe(taken.length);
    expect((counts?.safe ?? 0) + (counts?.exposed ?? 0) + taken.length).toBe(HIGH + 21 - LOW);
    found.push(taken.map(({ port }) => port));
    polls.close();
  }
  return found;
}

/** A handful of clients: live, in TIME_WAIT, connecting; of both families; some bound before they connect. */
function openClients(
  network: Network,
  random: Random,
  listeners: ReadonlyMap<string, number>,
): void {
  const targets = ['127.0.0.1', '127.0.0.2', '::1', 'fd00::7'] as const;
  for (let opened = 0; opened < 3 + random.below(8); opened += 1) {
    const to = random.pick(targets);
    const from = random.oneIn(3) && !to.includes(':') ? '127.0.0.2' : undefined;
    const mapped = !to.includes(':') && random.oneIn(4);
    tolerate(() => {
      const client =
        !to.includes(':') && random.oneIn(5)
          ? network.connectBound({ to, port: 80 }, to, LOW + random.below(HIGH - LOW + 1))
          : network.connect({
              to,
              port: 80,
              ...(from !== undefined && { from }),
              mapped: mapped && from === undefined,
            });
      const server = network.accept(listeners.get(to) ?? -1);
      if (random.oneIn(3)) network.close(client, server);
      else if (random.oneIn(4)) network.close(server);
    });
  }
}

test(`${CASES} service ports, from seed ${SEED}`, { timeout: 300_000 }, async () => {
  let [asked, refused] = [0, 0];
  for (let seed = SEED; asked < CASES; seed += 1) {
    await inNetwork(async (network) => {
      const random = new Random(seed);
      network.addAddress('fd00::7');
      const listeners = new Map(
        ['127.0.0.1', '127.0.0.2', '::1', 'fd00::7'].map((to) => [to, network.listen(to, 80)]),
      );
      openClients(network, random, listeners);
      if (random.oneIn(2)) {
        network.sysctl({ 'ipv4.ip_local_reserved_ports': `${LOW + 10}-${LOW + 30}` });
      }
      pause(20);
      const address = random.pick(ADDRESSES);
      const bySource = await takenAt(address);
      for (const taken of bySource) {
        expect(taken, `seed ${seed}, ${address}`).toEqual(bySource[0]);
      }
      const [taken = []] = bySource;
      const free = Array.from({ length: 5 }, () => LOW + random.below(HIGH + 21 - LOW));
      for (const port of new Set([...taken, ...free])) {
        const reuse = random.oneIn(2);
        const expected = !taken.includes(port);
        const where = `seed ${seed}: ${address} port ${port}, SO_REUSEADDR ${reuse}`;
        expect(canListen(address, port, reuse), where).toBe(expected);
        asked += 1;
        if (!expected) refused += 1;
      }
    });
  }
  expect(refused).toBeGreaterThan(CASES / 10);
});

const TEN_MINUTES_SECONDS = 600;

describe('a service whose port a client has', () => {
  test('of an IPv6 address is refused on 0.0.0.0 and ::, and not on an IPv4 address', () =>
    inNetwork(async (network) => {
      network.listen('::1', 80);
      const port = sys.localPort(network.connect({ to: '::1', port: 80 }));
      for (const [address, refused] of [
        ['0.0.0.0', true],
        ['::', true],
        ['::1', true],
        ['127.0.0.1', false],
      ] as const) {
        const expected = refused ? [port] : [];
        expect(await takenAt(address), address).toEqual(SOURCES.map(() => expected));
        expect(canListen(address, port, true), address).toBe(!refused);
      }
    }));

  test('is not known unless it is named, or has listened for ten minutes', () =>
    inNetwork(async (network) => {
      const service = network.listen('127.0.0.1', LOW);
      const polls = new Polls();
      await polls.next();
      let page = await polls.next(TEN_MINUTES_SECONDS - 1);
      expect(page.find('service_ports', {})).toBeUndefined();
      await polls.next(1);
      page = await polls.next(1);
      expect(page.find('service_ports', { status: 'exposed' })).toBe(1);
      // While it is down, the kernel gives its port to a client.
      network.close(service);
      network.listen('127.0.0.1', 80);
      network.connectBound({ to: '127.0.0.1', port: 80 }, '127.0.0.1', LOW);
      page = await polls.next();
      expect(page.find('service_ports', { status: 'taken' })).toBe(1);
      expect(page.find('service_ports', { status: 'exposed' })).toBeUndefined();
      polls.close();
    }));

  test('which stopped in between is not known', () =>
    inNetwork(async (network) => {
      const polls = new Polls();
      const service = network.listen('127.0.0.1', LOW);
      await polls.next();
      network.close(service);
      await polls.next(300);
      network.listen('127.0.0.1', LOW);
      await polls.next(1);
      await polls.next(TEN_MINUTES_SECONDS - 1);
      const page = await polls.next(0);
      expect(page.find('service_ports', {})).toBeUndefined();
      polls.close();
    }));

  test('is told by whom, from when to when, and which setting keeps clients away', () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.ip_local_reserved_ports': '8080,9000-9002' });
      const peer = Peer.connect('10.8.0.1', ['10.8.0.2']);
      peer.inside((there) => there.listen('10.8.0.2', 80));
      const client = network.connect({ to: '10.8.0.2', port: 80 });
      const port = sys.localPort(client);
      const config = temporaryFile(
        'named.yaml',
        `namespaces: { discover: off }\nservice_ports: [${port}, 8080]\n`,
      );
      for (const source of SOURCES) {
        const polls = new Polls({
          flags: [`--config.file=${config}`, `--poll.source=${source}`],
          once: true,
        });
        const page = await polls.next();
        const labels = {
          protocol: 'tcp',
          port: String(port),
          local_address: '10.8.0.1',
          remote_address: '10.8.0.2',
          remote_port: '80',
        };
        expect(page.find('service_port_taken', labels)).toBe(1);
        expect(page.find('service_ports', { status: 'safe' })).toBe(1);
        const table = renderTable(polls.details, new RemoteNames([]));
        expect(table).toMatch(/^! warning EphemeralPortsServicePortTaken: /m);
        expect(table).toContain(
          `port ${port}: a service cannot listen on 10.8.0.1, 0.0.0.0 or [::], bind() fails with EADDRINUSE: the connection 10.8.0.1 → 10.8.0.2:80 has it as its source port; it lets go when that connection is closed, and its TIME_WAIT is over. sysctl -w net.ipv4.ip_local_reserved_ports=8080,9000-9002,${port} keeps clients from it`,
        );
        polls.close();
      }
      expect(canListen('0.0.0.0', port, true)).toBe(false);
      peer.dispose();
    }));

  test('in TIME_WAIT: it is said when that ends, and that it has ended', () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
      const listener = network.listen('127.0.0.1', 80);
      const client = network.connect({ to: '127.0.0.1', port: 80 });
      const port = sys.localPort(client);
      const config = temporaryFile(
        'port.yaml',
        `namespaces: { discover: off }\nservice_ports: [${port}]\n`,
      );
      const polls = new Polls({ flags: [`--config.file=${config}`] });
      await polls.next();
      network.close(client, network.accept(listener));
      pause(20);
      await polls.next();
      const [taken] = polls.details.servicePorts.namespaces[0]?.taken ?? [];
      expect(taken?.freeInSeconds).toBeGreaterThan(58);
      expect(taken?.freeInSeconds).toBeLessThan(64);
      expect(polls.details.servicePorts.transitions).toEqual([]);
      // Whoever has set SO_REUSEADDR at a client's socket may share; this is a listener at another address.
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `${port}` });
      await polls.next();
      expect(polls.details.servicePorts.namespaces[0]?.counts).toEqual({
        safe: 0,
        exposed: 0,
        taken: 1,
      });
      polls.close();
    }));

  test('that serves at last has its port back', () =>
    inNetwork(async (network) => {
      network.listen('127.0.0.1', 80);
      const client = network.connect({ to: '127.0.0.1', port: 80, nonblocking: true });
      const port = sys.localPort(client);
      const config = temporaryFile(
        'back.yaml',
        `namespaces: { discover: off }\nservice_ports: [${port}]\n`,
      );
      const polls = new Polls({ flags: [`--config.file=${config}`] });
      await polls.next();
      expect(polls.details.servicePorts.transitions).toMatchObject([
        { change: 'taken', port: { port } },
      ]);
      network.listen('127.0.0.2', port);
      await polls.next(7);
      expect(polls.details.servicePorts.transitions).toMatchObject([
        { change: 'free', lastedSeconds: 7 },
      ]);
      polls.close();
    }));
});
