import { describe } from 'vitest';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { LOW, scenario } from '../support/scenario.ts';

/** Wildcard `bind(0)` and unbound UDP sockets: one budget per namespace and family. */

function times(count: number, open: () => unknown): void {
  for (let done = 0; done < count; done += 1) open();
}

describe('TCP bind(0)', () => {
  scenario('connections of both families', (network) => {
    network.listen('127.0.0.1', 80);
    network.listen('::1', 80);
    times(20, () => network.connect({ to: '127.0.0.1', port: 80 }));
    times(15, () => network.connect({ to: '::1', port: 80 }));
    times(10, () => network.connect({ to: '127.0.0.1', port: 80, mapped: true }));
    return [];
  });

  for (const address of ['127.0.0.1', '0.0.0.0', '::', '::1']) {
    scenario(`listeners on ${address}, with what they accepted`, (network) => {
      for (const port of [LOW + 10, LOW + 21]) {
        const listener = network.listen(address, port);
        const to = address.includes(':') ? '::1' : '127.0.0.1';
        network.connections(3, { to, port }, listener);
      }
      return [];
    });
  }

  scenario('TIME_WAIT counts', (network) => {
    const listener = network.listen('127.0.0.1', 80);
    for (const { client, server } of network.connections(
      30,
      { to: '127.0.0.1', port: 80 },
      listener,
    )) {
      network.close(client);
      network.close(server);
    }
    return [];
  });

  scenario('reserved ports are never picked', (network) => {
    network.sysctl({ 'ipv4.ip_local_reserved_ports': '40000-40019' });
    network.listen('0.0.0.0', LOW + 5);
    network.listen('0.0.0.0', LOW + 50);
    return [];
  });

  for (const bindV6Only of [0, 1]) {
    scenario(`bindv6only ${bindV6Only}: connections and listeners of both families`, (network) => {
      network.sysctl({ 'ipv6.bindv6only': bindV6Only });
      network.listen('::', LOW + 3);
      network.listen('0.0.0.0', LOW + 4);
      network.listen('127.0.0.1', 80);
      network.listen('::1', 80);
      times(20, () => network.connect({ to: '127.0.0.1', port: 80 }));
      times(15, () => network.connect({ to: '::1', port: 80 }));
      return [
        { to: '127.0.0.1', port: 80 },
        { to: '::1', port: 80 },
      ];
    });
  }
});

describe('UDP', () => {
  const openers: readonly (readonly [string, (network: Network) => unknown])[] = [
    ['bound to 0.0.0.0', (network) => network.bindUdp('0.0.0.0', 0)],
    ['bound to 127.0.0.1', (network) => network.bindUdp('127.0.0.1', 0)],
    ['connected over IPv4', (network) => network.connectUdp('127.0.0.1', 53)],
    ['connected over IPv6', (network) => network.connectUdp('::1', 53)],
    ['connected to a v4-mapped address', (network) => network.connectUdp('::ffff:127.0.0.1', 53)],
    ['dual-stack on [::]', (network) => network.bindUdp('::', 0)],
    ['bound to ::1', (network) => network.bindUdp('::1', 0)],
    ['bound to a v4-mapped address', (network) => network.bindUdp('::ffff:127.0.0.1', 0)],
  ];

  scenario('nothing open', () => []);

  for (const [title, open] of openers) {
    scenario(`17 sockets ${title}`, (network) => {
      times(17, () => open(network));
      return [];
    });
  }

  for (const bindV6Only of [0, 1]) {
    scenario(`bindv6only ${bindV6Only}: some of each`, (network) => {
      network.sysctl({ 'ipv6.bindv6only': bindV6Only });
      for (const [title, open] of openers) {
        if (!title.includes('mapped')) times(5, () => open(network));
      }
      return [];
    });
  }

  scenario('reserved, in use and outside the range', (network) => {
    network.sysctl({ 'ipv4.ip_local_reserved_ports': '40000-40009' });
    for (const port of [LOW + 1, LOW + 20, 39_000]) network.bindUdp('0.0.0.0', port);
    return [];
  });

  scenario('none left', (network) => {
    times(100, () => network.bindUdp('0.0.0.0', 0));
    return [];
  });
});
