import { expect } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { Churn, ORDERS } from './churn.ts';
import { pollOnce, SOURCES } from './polls.ts';
import { Random } from './random.ts';
import { inNetwork, LOW, REUSED_AT_ONCE_MS, reuseDelay } from './scenario.ts';
import { Watch } from './watch.ts';

/** Ports of the range. */
export const SIZE = 200;
export const TARGETS: readonly [Target, Target, Target] = [
  { to: '127.0.0.1', port: 80 },
  { to: '127.0.0.1', port: 81 },
  { to: '127.0.0.1', port: 82 },
];
const USERS = [1001, 1002, 1003] as const;

/** Listeners of all targets, by port. */
export function listenAll(network: Network): ReadonlyMap<number, number> {
  return new Map(TARGETS.map(({ to, port }) => [port, network.listen(to, port)]));
}

/** Both sources, polled and by one poll alone, count `blocked` ports as bound: those of listeners. */
export async function expectNoAccusation(watch: Watch | undefined, blocked = 0): Promise<void> {
  await watch?.expectNext('blocked', { protocol: 'tcp' }, blocked);
  watch?.close();
  for (const source of SOURCES) {
    const page = await pollOnce(source);
    expect(page.value('blocked', { protocol: 'tcp' }), `${source}, one poll`).toBe(blocked);
  }
}

/**
 * Clients of three users open and close connections to three destinations, with more than half of the range in use. At each of
 * `polls` polls, a second apart by the exporter's clock, only the ports of two listeners may be called blocked.
 */
export function churnAboveHalf(seed: number, timeWaitReuse: number, polls: number): Promise<void> {
  return inNetwork(async (network) => {
    const random = new Random(seed);
    network.range(LOW, LOW + SIZE - 1);
    network.sysctl({ 'ipv4.tcp_tw_reuse': timeWaitReuse, ...reuseDelay(REUSED_AT_ONCE_MS) });
    const listeners = listenAll(network);
    for (const port of [LOW + 3, LOW + 50]) network.listen('127.0.0.9', port);
    const churn = new Churn(network, random, listeners, USERS);
    const watch = new Watch();
    await watch.next();
    churn.open(TARGETS[0], (SIZE * 2) / 3);
    for (let poll = 0; poll < polls; poll += 1) {
      await watch.expectNext('blocked', { protocol: 'tcp' }, 2);
      churn.open(random.pick(TARGETS), random.below(20));
      churn.open(TARGETS[0], random.below(30));
      churn.close(random.below(50), random.pick(ORDERS), () => random.oneIn(4));
    }
    await expectNoAccusation(watch, 2);
  });
}
