import { describe, expect } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { HIGH, LOW, reuseDelay, REUSED_AT_ONCE_MS, scenario } from '../support/scenario.ts';

const A: Target = { to: '127.0.0.1', port: 80 };
const B: Target = { to: '127.0.0.1', port: 81 };

function connectTimes(network: Network, count: number, target: Target): number[] {
  return Array.from({ length: count }, () => network.connect(target));
}

function serve(network: Network, ...targets: readonly Target[]): void {
  for (const { to, port } of targets) network.listen(to, port);
}

describe('capacity belongs to the endpoint', () => {
  scenario('nothing open', (network) => {
    serve(network, A);
    return [A];
  });

  scenario(
    '60 of 100 held',
    (network) => {
      serve(network, A);
      connectTimes(network, 60, A);
      return [A];
    },
    (page) => {
      const labels = { remote_address: '127.0.0.1', remote_port: '80' };
      expect(page.value('endpoint_held', labels)).toBe(60);
      expect(page.value('endpoint_available', labels)).toBe(40);
      expect(page.value('endpoint_usage_ratio', labels)).toBe(0.6);
      expect(page.value('endpoint_sockets', { ...labels, state: 'established' })).toBe(60);
    },
  );

  scenario(
    'all held',
    (network) => {
      serve(network, A);
      connectTimes(network, 100, A);
      return [A];
    },
    (page) => {
      expect(page.value('worst_usage_ratio', { protocol: 'tcp' })).toBe(1);
    },
  );

  scenario('two destinations', (network) => {
    serve(network, A, B);
    connectTimes(network, 70, A);
    connectTimes(network, 20, B);
    return [A, B];
  });

  scenario('two local addresses', (network) => {
    serve(network, A);
    const other = { ...A, from: '127.0.0.5' };
    connectTimes(network, 70, A);
    connectTimes(network, 25, other);
    return [A, other];
  });

  scenario('the same port of two remote addresses', (network) => {
    const other = { to: '127.0.0.2', port: 80 };
    serve(network, A, other);
    connectTimes(network, 33, A);
    connectTimes(network, 44, other);
    return [A, other];
  });
});

describe('address families', () => {
  scenario(
    'v4-mapped and plain IPv4 spend one budget',
    (network) => {
      serve(network, A);
      connectTimes(network, 30, A);
      connectTimes(network, 25, { ...A, mapped: true });
      return [A];
    },
    (page) => {
      expect(page.value('endpoint_held', { remote_address: '127.0.0.1', remote_port: '80' })).toBe(
        55,
      );
    },
  );

  scenario('native IPv6 has a budget of its own', (network) => {
    const six = { to: '::1', port: 80 };
    serve(network, A, six);
    connectTimes(network, 30, A);
    connectTimes(network, 45, six);
    return [A, six];
  });

  scenario('an IPv6 address is written as RFC 5952 says', (network) => {
    network.addAddress('2001:db8::1:0:0:1');
    const six = { to: '2001:db8::1:0:0:1', port: 80 };
    serve(network, six);
    connectTimes(network, 5, six);
    return [six];
  });
});

describe('socket states', () => {
  scenario(
    'CLOSE_WAIT holds',
    (network) => {
      const listener = network.listen('127.0.0.1', 80);
      for (const { server } of network.connections(35, A, listener)) network.close(server);
      return [A];
    },
    (page) => {
      expect(page.value('endpoint_sockets', { remote_port: '80', state: 'close_wait' })).toBe(35);
    },
  );

  scenario(
    'SYN_SENT holds',
    (network) => {
      const silent = { to: '127.0.0.1', port: 82, nonblocking: true };
      network.listen('127.0.0.1', 82, { backlog: 0 });
      connectTimes(network, 20, silent);
      return [silent];
    },
    (page) => {
      const syn = page.value('endpoint_sockets', { remote_port: '82', state: 'syn_sent' });
      expect(syn).toBeGreaterThanOrEqual(18);
    },
  );

  scenario(
    'FIN_WAIT2 holds, also where reuse applies',
    (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 1, ...reuseDelay(REUSED_AT_ONCE_MS) });
      const listener = network.listen('127.0.0.1', 80);
      for (const { client } of network.connections(30, A, listener)) network.close(client);
      return [A];
    },
    (page) => {
      expect(page.value('endpoint_sockets', { remote_port: '80', state: 'other' })).toBe(30);
      expect(page.value('endpoint_reusable', { remote_port: '80' })).toBe(0);
    },
  );

  scenario(
    'a socket connected to itself',
    (network) => {
      network.range(LOW, LOW);
      network.connect({ to: '127.0.0.1', port: LOW });
      network.range(LOW, HIGH);
      serve(network, A);
      return [A];
    },
    (page) => {
      expect(page.value('hazard', { hazard: 'self_connection' })).toBe(1);
    },
  );
});

describe('ranges', () => {
  scenario('one port only', (network) => {
    serve(network, A);
    network.range(LOW, LOW);
    return [A];
  });

  scenario('two ports, one held', (network) => {
    serve(network, A);
    network.range(LOW + 1, LOW + 2);
    connectTimes(network, 1, A);
    return [A];
  });

  scenario('moved away while ports are held', (network) => {
    serve(network, A);
    connectTimes(network, 20, A);
    network.range(LOW + 50, HIGH + 50);
    return [A];
  });
});
