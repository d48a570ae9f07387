import { describe, expect, test } from 'vitest';
import { pollOnce, SOURCES } from '../support/polls.ts';
import { type Network, pause, type Target } from '../../deploy/demo/lab/network.ts';
import { inNetwork, letReuseBegin, LOW, REUSE_DELAYS_MS, reuseDelay } from '../support/scenario.ts';
import { localPort } from '../../deploy/demo/lab/syscalls.ts';

const A: Target = { to: '127.0.0.1', port: 80 };
const LABELS = { remote_address: '127.0.0.1', remote_port: '80' };

/** Whether the port that the next connect() gets is one of the first pass: the parity of the low end. */
function nextIsFirstPass(network: Network): boolean {
  return (localPort(network.connect(A)) - LOW) % 2 === 0;
}

/** Fills up and closes `count` first-pass ports, so that they are in TIME_WAIT. */
function closeSome(network: Network, count: number, listener: number): void {
  const connections = network.connections(count, A, listener);
  for (const { client } of connections) network.close(client);
  for (const { server } of connections) network.close(server);
}

async function expectAgreement(network: Network): Promise<void> {
  const ratios: number[] = [];
  for (const source of SOURCES) {
    ratios.push((await pollOnce(source)).value('endpoint_first_pass_ratio', LABELS));
  }
  const isFirstPass = nextIsFirstPass(network);
  expect(ratios.map((ratio) => ratio < 1)).toEqual(SOURCES.map(() => isFirstPass));
}

describe('the parity of the next port agrees with the first-pass ratio', () => {
  for (const held of [1, 49, 50, 51, 80]) {
    test(`${held} of 100 held`, () =>
      inNetwork(async (network) => {
        network.listen(A.to, A.port);
        for (let open = 0; open < held; open += 1) network.connect(A);
        await expectAgreement(network);
      }));
  }

  for (const [blocked, held] of [
    [10, 39],
    [10, 40],
    [10, 41],
  ] as const) {
    test(`${blocked} listeners and reserved ports, ${held} held`, () =>
      inNetwork(async (network) => {
        network.sysctl({ 'ipv4.ip_local_reserved_ports': '40000,40002,40004,40006,40008' });
        for (let port = LOW + 10; port < LOW + 20; port += 2) network.listen('127.0.0.3', port);
        network.listen(A.to, A.port);
        for (let open = 0; open < held; open += 1) network.connect(A);
        await expectAgreement(network);
      }));
  }

  for (const reuse of [0, 1, 2]) {
    for (const delay of REUSE_DELAYS_MS) {
      test(`tcp_tw_reuse ${reuse}, delay ${delay} ms: half the range in TIME_WAIT`, () =>
        inNetwork(async (network) => {
          network.sysctl({ 'ipv4.tcp_tw_reuse': reuse, ...reuseDelay(delay) });
          const listener = network.listen(A.to, A.port);
          const kept = network.connections(30, A, listener);
          closeSome(network, 20, listener);
          letReuseBegin();
          expect(kept).toHaveLength(30);
          await expectAgreement(network);
        }));
    }
  }

  test('an older poll is not needed: the ratio follows at once', () =>
    inNetwork(async (network) => {
      const listener = network.listen(A.to, A.port);
      const connections = network.connections(50, A, listener);
      expect((await pollOnce()).value('endpoint_first_pass_ratio', LABELS)).toBe(1);
      const [first] = connections;
      if (first) network.close(first.server, first.client);
      pause(10);
      await expectAgreement(network);
    }));
});
