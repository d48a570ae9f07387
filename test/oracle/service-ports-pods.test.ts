import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { CGROUPS, Cgroups, newPod } from '../support/cgroup.ts';
import { IS_TRUE_ROOT, Resident } from '../support/host.ts';
import { canListen } from '../support/kernel-oracle.ts';
import { SOURCES } from '../support/polls.ts';
import { pollOptions } from '../support/pools.ts';
import { inNetwork } from '../support/scenario.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

/** Service ports of pods, whose network namespaces are read seldom while they have few sockets. */

const isPossible = IS_TRUE_ROOT && CGROUPS !== undefined;

const SERVICE = 40_005;
const A = { to: '127.0.0.1', port: 80 };
const MINUTE_SECONDS = 60;
const MOST_MINUTES = 30;

let cgroups = new Cgroups();
let podLogs = '';
let residents: Resident[] = [];

beforeEach(() => {
  cgroups = new Cgroups();
  podLogs = mkdtempSync(join(tmpdir(), 'epe-pod-logs-'));
  chmodSync(podLogs, 0o755);
  residents = [];
});

afterEach(async () => {
  for (const resident of residents) resident.kill();
  await cgroups.remove();
  rmSync(podLogs, { recursive: true });
});

/** A pod with a network namespace of its own; `name` is such as `shop/cart-0`. */
async function pod(name: string): Promise<Resident> {
  const { uid, cgroup } = newPod();
  const resident = await Resident.start({ ip_local_port_range: '40000 40999', tcp_tw_reuse: '0' });
  residents.push(resident);
  cgroups.move(resident, cgroup);
  mkdirSync(join(podLogs, `${name.replace('/', '_')}_${uid}`));
  return resident;
}

/** Polls of the host, which is in the network namespace of this thread, and its pods. */
class Watch {
  readonly #clock = new SteppedClock();
  readonly #poller: Poller;

  constructor(source: (typeof SOURCES)[number]) {
    const options = pollOptions('/proc');
    const services = [{ low: SERVICE, high: SERVICE, address: '', podNamespace: 'shop' }];
    const namespaces = { ...options.namespaces, podLogs };
    this.#poller = new Poller({ ...options, source, services, namespaces }, { clock: this.#clock });
  }

  /** What is known of service ports after a poll, `seconds` after the last one. */
  next(seconds: number): readonly string[] {
    this.#clock.step(seconds);
    this.#poller.poll();
    const { servicePorts } = this.#poller.details() ?? {};
    return (servicePorts?.namespaces ?? []).map(({ identity, counts, taken }) => {
      const ports = taken.map(({ port, remotePort }) => ` ${port} → ${remotePort}`).join('');
      const { safe, exposed } = counts;
      return `${identity.podName}: ${safe} safe, ${exposed} exposed, ${counts.taken} taken${ports}`;
    });
  }

  /** The same after so many minutes that a quiet namespace was read since; how many depends on what a reading costs. */
  untilRead(expected: string): readonly string[] {
    let found = this.next(MINUTE_SECONDS);
    for (let minutes = 1; found[0] !== expected && minutes < MOST_MINUTES; minutes += 1) {
      found = this.next(MINUTE_SECONDS);
    }
    return found;
  }

  close(): void {
    this.#poller.reconfigure({ ...pollOptions('/proc'), source: 'proc' });
  }
}

test.runIf(isPossible).for(SOURCES)(
  'a service port of pods is that of its pod namespace alone, in quiet pods too (%s)',
  async (source) =>
    inNetwork(async () => {
      const [cart, bank] = [await pod('shop/cart-0'), await pod('bank/till-0')];
      const open = (resident: Resident): { network: Network; server: number } =>
        resident.inside((network) => {
          const listener = network.listen(A.to, A.port);
          network.connectBound(A, '127.0.0.1', SERVICE);
          return { network, server: network.accept(listener) };
        });
      const watch = new Watch(source);
      const free = 'cart-0: 0 safe, 1 exposed, 0 taken';
      expect(watch.untilRead(free)).toEqual([free]);
      open(bank);
      const { network, server } = open(cart);
      const taken = `cart-0: 0 safe, 0 exposed, 1 taken ${SERVICE} → ${A.port}`;
      expect(watch.untilRead(taken)).toEqual([taken]);
      expect(cart.inside(() => canListen('0.0.0.0', SERVICE, true))).toBe(false);
      // Who closes first keeps the TIME_WAIT.
      network.close(server);
      network.dispose();
      expect(watch.untilRead(free)).toEqual([free]);
      expect(cart.inside(() => canListen('0.0.0.0', SERVICE, true))).toBe(true);
      watch.close();
    }),
);
