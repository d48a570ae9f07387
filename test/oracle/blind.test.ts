import { describe, expect, test } from 'vitest';
import { pollOnce } from '../support/exporter.ts';
import type { Network, Target } from '../support/network.ts';
import { inNetwork, letReuseBegin, LOW, REUSED_AT_ONCE_MS } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/**
 * Where /proc cannot know: by how much a single poll is off, and in which direction. Positive: the exporter
 * says more is left than the kernel grants. The README's list of limits is this list.
 */

const A: Target = { to: '127.0.0.1', port: 80 };
const B: Target = { to: '127.0.0.1', port: 81 };
const CONNECT = 'connect 127.0.0.1 → 127.0.0.1 80';

/** What is not named in `off` must be exact. */
function blind(
  title: string,
  stage: (network: Network, listener: number) => void,
  off: Record<string, number>,
): void {
  test(title, () =>
    inNetwork((network) => {
      const listener = network.listen(A.to, A.port);
      stage(network, listener);
      const predicted = predict(pollOnce(), [A]);
      const granted = measure(network, [A]);
      const difference = Object.entries(predicted)
        .map(([key, value]) => [key, value - (granted[key] ?? 0)] as const)
        .filter(([, value]) => value !== 0);
      expect(Object.fromEntries(difference)).toEqual(off);
    }),
  );
}

describe('too many are said to be left', () => {
  blind(
    'sockets that are bound but idle',
    (network) => {
      for (let open = 0; open < 12; open += 1) network.bindTcp('127.0.0.1', 0);
    },
    { [CONNECT]: 12, 'bind ipv4': 12, 'bind ipv6': 12 },
  );

  blind(
    'ports bound before connect(), at the first poll',
    (network) => {
      network.listen(B.to, B.port);
      for (let open = 0; open < 9; open += 1) network.connectBound(B, '127.0.0.1', 0);
    },
    { [CONNECT]: 9 },
  );

  blind(
    'explicit ports of the first-pass parity',
    (network) => {
      network.listen(B.to, B.port);
      for (const port of [LOW, LOW + 10, LOW + 20]) network.connectBound(B, '127.0.0.1', port);
    },
    { [CONNECT]: 3 },
  );

  blind(
    'a listener that closed before the first poll',
    (network) => {
      const listener = network.listen('127.0.0.1', LOW + 11);
      network.connections(4, { to: '127.0.0.1', port: LOW + 11 }, listener);
      network.close(listener);
    },
    { [CONNECT]: 1 },
  );

  blind(
    'connections without timestamps, while the sysctl says they have them',
    (network, listener) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse_delay': REUSED_AT_ONCE_MS, 'ipv4.tcp_timestamps': 0 });
      const connections = network.connections(14, A, listener);
      for (const { client } of connections) network.close(client);
      for (const { server } of connections) network.close(server);
      network.sysctl({ 'ipv4.tcp_timestamps': 1 });
      letReuseBegin();
    },
    { [CONNECT]: 14 },
  );
});

describe('too few are said to be left', () => {
  blind(
    'sockets bound to a device have a budget of their own',
    (network) => {
      for (let open = 0; open < 11; open += 1) network.connect({ ...A, device: 'lo' });
    },
    { [CONNECT]: -11 },
  );

  blind(
    'a [::] listener that is v6only leaves the IPv4 port',
    (network) => {
      for (const port of [LOW + 5, LOW + 6]) network.listen('::', port, { v6only: true });
    },
    { 'bind ipv4': -2 },
  );

  blind(
    'a UDP socket bound to one IPv6 address and then connected',
    (network) => {
      for (const port of [LOW + 5, LOW + 6, LOW + 7]) network.connectBoundUdp('::1', port, 53);
    },
    { 'udp ipv4': -3 },
  );
});
