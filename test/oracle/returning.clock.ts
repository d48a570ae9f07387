import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Network } from '../../deploy/demo/lab/network.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { countConnects, countTcpBinds } from '../support/kernel-oracle.ts';
import { UNBINDS_SHARED_PORTS } from '../support/kernel-version.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

/**
 * Ports come back to a program that binds, and to the range, when it was said. The kernel ends a TIME_WAIT 0 to 4 s late, so
 * none of those here ends within 4 s of the end of a period.
 */

const LOCAL = '127.0.0.6';
const TARGET = { to: '127.0.0.1', port: 80 };
/** Where a service listens: inside the range, on a port that `bind()` does not choose while others are left. */
const SERVICE = { to: '127.0.0.1', port: LOW + 2 };

test.runIf(UNBINDS_SHARED_PORTS)(
  'ports that programs bound come back when it was said',
  { timeout: 150_000 },
  () =>
    inNetwork(async (network) => {
      const listener = network.listen(TARGET.to, TARGET.port);
      const service = network.listen(SERVICE.to, SERVICE.port);
      const polls = SOURCES.map((source) => new Polls({ flags: [`--poll.source=${source}`] }));
      const pollAll = (seconds: number) => Promise.all(polls.map((each) => each.next(seconds)));
      await pollAll(1);
      closeAtOnce(network, listener, 20);
      serveAndStop(network, service);
      await pollAll(1);
      await sleep(17_000);
      closeAtOnce(network, listener, 15);
      for (let held = 0; held < 10; held += 1) network.connectBound(TARGET, LOCAL, 0);
      await pollAll(17);
      const said = polls.map(({ details }) => {
        const pools = details.namespaces.flatMap(({ fullest }) => [...fullest.values()].flat());
        return [poolOf(pools, 'bind', LOCAL), poolOf(pools, 'range', '')];
      });
      for (const each of polls) each.close();
      for (const [bind, range] of said) {
        expect(bind).toEqual({ available: 55, returning: [0, 0, 0, 0, 20, 0, 15] });
        expect(range).toEqual({ available: 54, returning: [0, 0, 0, 0, 21, 0, 15] });
      }
      const free: number[][] = [];
      for (const seconds of [30, 20, 20]) {
        await sleep(seconds * 1000);
        const target = { ...TARGET, port: 100 + free.length, nonblocking: true };
        network.listen(target.to, target.port);
        free.push([countTcpBinds(network, LOCAL), countConnects(network, target)]);
      }
      expect(free).toEqual([
        [55, 54],
        [75, 75],
        [90, 90],
      ]);
    }),
);

/** Connections whose ports `bind()` chose, closed by the client. */
function closeAtOnce(network: Network, listener: number, count: number): void {
  for (let opened = 0; opened < count; opened += 1) {
    const client = network.connectBound(TARGET, LOCAL, 0);
    network.close(client, network.accept(listener));
  }
}

/** A service that closes what it accepted, then stops. Its client's port is in no pool of those that bind. */
function serveAndStop(network: Network, service: number): void {
  const client = network.connectBound(SERVICE, '127.0.0.9', LOW - 1);
  network.close(network.accept(service), client);
  network.close(service);
}

function poolOf(
  pools: readonly PoolUsage[],
  kind: string,
  localAddress: string,
): object | undefined {
  const pool = pools.find((each) => each.kind === kind && each.localAddress === localAddress);
  return pool && { available: pool.available, returning: pool.returning };
}
