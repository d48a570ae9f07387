import { describe, expect } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { HIGH, LOW, scenario } from '../support/scenario.ts';

const A: Target = { to: '127.0.0.1', port: 80 };

function connectTimes(network: Network, count: number, target: Target): number[] {
  return Array.from({ length: count }, () => network.connect(target));
}

function serve(network: Network, ...targets: readonly Target[]): void {
  for (const { to, port } of targets) network.listen(to, port);
}

describe('a port that a bind() owns is lost to every endpoint', () => {
  for (const address of ['127.0.0.1', '127.0.0.9', '0.0.0.0', '::', '::1']) {
    scenario(
      `listeners in the range on ${address}`,
      (network) => {
        serve(network, A);
        for (const port of [LOW, LOW + 1, LOW + 50, HIGH]) network.listen(address, port);
        connectTimes(network, 30, A);
        const six = { to: '::1', port: 80 };
        serve(network, six);
        connectTimes(network, 20, six);
        return [A, six];
      },
      (page) => {
        expect(page.value('blocked', { protocol: 'tcp' })).toBe(4);
        expect(page.value('hazard', { hazard: 'listener_in_range' })).toBe(4);
      },
    );
  }

  scenario('one port, listeners on several addresses', (network) => {
    serve(network, A);
    for (const address of ['127.0.0.1', '127.0.0.2', '::1']) network.listen(address, LOW + 3);
    return [A];
  });

  scenario(
    "the service's own port in the range, with inbound connections",
    (network) => {
      const service = { to: '127.0.0.1', port: LOW + 40 };
      network.listen('0.0.0.0', service.port);
      connectTimes(network, 20, service);
      connectTimes(network, 5, { ...service, from: '127.0.0.7' });
      return [service, { ...service, from: '127.0.0.7' }];
    },
    (page) => {
      expect(page.value('endpoints', { protocol: 'tcp' })).toBe(2);
    },
  );

  scenario(
    'capacity 0: listeners on every port',
    (network) => {
      serve(network, A);
      for (let port = LOW; port <= HIGH; port += 1) network.listen('127.0.0.1', port);
      return [A];
    },
    (page) => {
      expect(page.value('capacity', { protocol: 'tcp' })).toBe(0);
      expect(page.value('worst_usage_ratio', { protocol: 'tcp' })).toBe(1);
    },
  );
});

describe('reserved ports', () => {
  scenario(
    'inside and outside the range',
    (network) => {
      serve(network, A);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `39990-40009,40050,40098-40200,50000` });
      connectTimes(network, 30, A);
      return [A];
    },
    (page) => {
      expect(page.value('reserved')).toBe(13);
    },
  );

  scenario(
    'some also listened on',
    (network) => {
      serve(network, A);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': '40010-40019' });
      for (const port of [40_010, 40_011, 40_060]) network.listen('0.0.0.0', port);
      connectTimes(network, 40, A);
      return [A];
    },
    (page) => {
      expect(page.value('reserved')).toBe(10);
      expect(page.value('blocked', { protocol: 'tcp' })).toBe(1);
    },
  );

  scenario('reserved while held', (network) => {
    serve(network, A);
    connectTimes(network, 60, A);
    network.sysctl({ 'ipv4.ip_local_reserved_ports': '40000-40029' });
    return [A];
  });

  scenario(
    'all of the range',
    (network) => {
      serve(network, A);
      connectTimes(network, 3, A);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `${LOW}-${HIGH}` });
      return [A];
    },
    (page) => {
      expect(page.value('endpoint_usage_ratio', { remote_port: '80' })).toBe(1);
    },
  );
});
