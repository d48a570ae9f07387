import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kernelAtLeast } from '../support/kernel-version.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import {
  letReuseBegin,
  NEVER_REUSED_MS,
  REUSE_DELAYS_MS,
  reuseDelay,
  REUSED_AT_ONCE_MS,
  scenario,
} from '../support/scenario.ts';

/** How old a TIME_WAIT is; where the delay is no setting, none stays fresh for as long as a test takes. */
const AGES = (
  [
    ['fresh', NEVER_REUSED_MS],
    ['after the delay', REUSED_AT_ONCE_MS],
  ] as const
).filter(([, delay]) => REUSE_DELAYS_MS.includes(delay));

const LOOPBACK: Target = { to: '127.0.0.1', port: 80 };
const OWN: Target = { to: '10.1.2.3', port: 80 };
const IPV6: Target = { to: '::1', port: 80 };
const OWN_IPV6: Target = { to: 'fd00::7', port: 80 };

/** Opens `count` connections and closes them, the client first: its ports go to TIME_WAIT. */
function closeConnections(network: Network, count: number, target: Target, listener: number): void {
  const connections = network.connections(count, target, listener);
  for (const { client } of connections) network.close(client);
  for (const { server } of connections) network.close(server);
}

function prepare(network: Network, target: Target): number {
  if (target === OWN || target === OWN_IPV6) network.addAddress(target.to);
  return network.listen(target.to, target.port);
}

test('tcp_tw_reuse_delay is a setting since Linux 6.14', () => {
  expect(existsSync('/proc/sys/net/ipv4/tcp_tw_reuse_delay')).toBe(kernelAtLeast(6, 14));
});

for (const target of [LOOPBACK, OWN, IPV6, OWN_IPV6]) {
  describe(`TIME_WAIT towards ${target.to}`, () => {
    for (const reuse of [0, 1, 2]) {
      for (const [age, delay] of AGES) {
        for (const timestamps of [0, 1]) {
          const isLoopback = target === LOOPBACK || target === IPV6;
          const applies = reuse === 1 || (reuse === 2 && isLoopback);
          const reusable = applies && timestamps === 1 && delay === REUSED_AT_ONCE_MS ? 25 : 0;
          scenario(
            `tcp_tw_reuse ${reuse}, ${age}, timestamps ${timestamps}`,
            (network) => {
              network.sysctl({
                'ipv4.tcp_tw_reuse': reuse,
                ...reuseDelay(delay),
                'ipv4.tcp_timestamps': timestamps,
              });
              const listener = prepare(network, target);
              network.connections(30, target, listener);
              closeConnections(network, 25, target, listener);
              letReuseBegin();
              return [target];
            },
            (page) => {
              const labels = { remote_address: target.to, remote_port: '80' };
              expect(page.value('endpoint_sockets', { ...labels, state: 'time_wait' })).toBe(25);
              expect(page.value('endpoint_held', labels)).toBe(55);
              expect(page.value('endpoint_reusable', labels)).toBe(reusable);
            },
          );
        }
      }
    }
  });
}

describe('TIME_WAIT of the other end', () => {
  scenario(
    'the server closed first: the client has its port back',
    (network) => {
      const listener = network.listen('127.0.0.1', 80);
      for (const { client, server } of network.connections(25, LOOPBACK, listener)) {
        network.close(server);
        network.close(client);
      }
      return [LOOPBACK];
    },
    (page) => {
      expect(page.find('endpoint_held', { remote_port: '80' })).toBeUndefined();
    },
  );

  scenario('a reusable port of one endpoint is free for another anyway', (network) => {
    network.sysctl({ 'ipv4.tcp_tw_reuse': 1, ...reuseDelay(NEVER_REUSED_MS) });
    const listener = network.listen('0.0.0.0', 80);
    closeConnections(network, 40, LOOPBACK, listener);
    letReuseBegin();
    return [LOOPBACK, { to: '127.0.0.2', port: 80 }];
  });

  scenario('v4-mapped TIME_WAITs are taken over by plain IPv4', (network) => {
    network.sysctl({ 'ipv4.tcp_tw_reuse': 2, ...reuseDelay(REUSED_AT_ONCE_MS) });
    const listener = network.listen('127.0.0.1', 80);
    closeConnections(network, 40, { ...LOOPBACK, mapped: true }, listener);
    letReuseBegin();
    return [LOOPBACK];
  });
});
