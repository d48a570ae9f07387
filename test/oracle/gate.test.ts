import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildRules } from '../../src/alerts/rules.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { Gate } from '../../src/scan/gate.ts';
import { Poller, type PollOptions } from '../../src/sampler/poll.ts';
import { NamespaceState } from '../../src/scan/namespace-state.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { Resident } from '../support/host.ts';
import { Network } from '../../deploy/demo/lab/network.ts';
import { seriesOf } from '../support/page.ts';
import { pollOptions } from '../support/pools.ts';
import { writeProcfs } from '../support/procfs.ts';
import { Random } from '../support/random.ts';

/**
 * The gate leaves namespaces with few sockets unread. What is exported must be the same as if each were
 * read at each poll, whatever happens in them meanwhile.
 */

const STEPS = 25;
const SEEDS = Array.from({ length: 3 }, (_, index) => {
  return Number(process.env['MIXTURE_SEED'] ?? 1) + index;
});

/** One percent of the range is ten ports, and alerts fire at once. */
const SETTINGS = { ip_local_port_range: '40000 40999', tcp_tw_reuse: '0' };

function options(source: PollOptions['source']): PollOptions {
  const { alerts } = defaultConfig();
  return {
    ...pollOptions('/proc'),
    source,
    alerts: {
      ...alerts,
      EphemeralPortsExhaustion: { warning: 0.03, critical: 0.05, for: 0 },
      EphemeralPortsUdpExhaustion: { warning: 0.004, for: 0 },
    },
  };
}

// A thread of a user namespace cannot return to a network namespace that is not its own.
beforeAll(() => {
  Network.enter();
});

/** Opens and closes sockets at random: mostly few, now and then many. */
class Unrest {
  readonly #random: Random;
  readonly #open: number[] = [];
  readonly #listeners = new Map<number, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  step(network: Network): void {
    const random = this.#random;
    const port = random.pick([80, 81, 40_003]);
    const many = random.oneIn(4) ? 60 : 8;
    if (random.oneIn(6)) this.#open.push(network.bindUdp('0.0.0.0', 0));
    else if (random.oneIn(3)) this.#close(network, random.below(many));
    else this.#connect(network, port, random.below(many));
  }

  #connect(network: Network, port: number, count: number): void {
    const listener = this.#listeners.get(port) ?? network.listen('127.0.0.1', port);
    this.#listeners.set(port, listener);
    const made = network.connections(count, { to: '127.0.0.1', port }, listener);
    for (const { client, server } of made) this.#open.push(client, server);
  }

  #close(network: Network, count: number): void {
    network.close(...this.#open.splice(0, count));
  }
}

/** A forecast needs samples from before the gate opened, and opened connections are counted from the first reading on. */
const OF_THE_PAST = ['time_to_exhaustion', 'opens_total'].map(
  (name) => `ephemeral_ports_endpoint_${name}`,
);

/** What is exported of the namespaces `of`. */
async function exported(snapshot: Snapshot, of: readonly string[]): Promise<readonly string[]> {
  return (await seriesOf(snapshot))
    .filter((line) => of.some((netns) => line.includes(`netns="${netns}"`)))
    .filter((line) => !OF_THE_PAST.some((name) => line.startsWith(name)));
}

for (const source of ['proc', 'netlink'] as const) {
  test.each(SEEDS)(
    `exports the same with and without the gate (${source}, seed %i)`,
    async (seed) => {
      const random = new Random(seed);
      const residents = await Promise.all([1, 2, 3].map(() => Resident.start(SETTINGS)));
      const unrest = residents.map((resident) => ({ resident, unrest: new Unrest(random) }));
      const netns = residents.map((resident) => resident.netns);
      const gated = new Poller(options(source));
      const ungated = new Poller(options(source), { makeGate: () => ({ isQuiet: () => false }) });
      const network = Network.here();
      let [read, closed] = [0, 0];
      try {
        for (let step = 0; step < STEPS; step += 1) {
          const { resident, unrest: each } = unrest[random.below(3)] ?? unrest[0] ?? raise();
          resident.inside(() => {
            each.step(network);
          });
          const [a, b] = [gated.poll(), ungated.poll()];
          expect(await exported(a, netns), `step ${step}`).toEqual(await exported(b, netns));
          const { namespaces = [] } = gated.details() ?? {};
          read += namespaces.filter(({ identity }) => netns.includes(identity.netns)).length;
          const { gated: quiet = [] } = gated.details() ?? {};
          closed += quiet.filter(({ identity }) => netns.includes(identity.netns)).length;
        }
      } finally {
        network.dispose();
        for (const resident of residents) resident.kill();
      }
      expect(read).toBeGreaterThan(0);
      expect(closed).toBeGreaterThan(0);
    },
  );
}

/** Tells, in a namespace of its own, whether the gate would be closed at a moment. */
async function atTheGate(
  tell: (network: Network, isQuietAt: (nowMs: number) => boolean) => void,
): Promise<void> {
  const resident = await Resident.start(SETTINGS);
  const network = Network.here();
  const gate = new Gate(buildRules(defaultConfig().alerts), { minRatio: 0.01 });
  const identity = { ...NOBODY, netns: resident.netns };
  const presentKinds = new Set(['connect', 'bind', 'udp']);
  const watched = new NamespaceState({ id: 1, identity, enterBy: '', visit: raise });
  const place = {
    net: '/proc/thread-self/net',
    sysctl: '/proc/sys/net',
    sockets: 'brief',
  } as const;
  try {
    resident.inside(() => {
      tell(network, (nowMs) => watched.isQuiet(place, { gate, presentKinds, nowMs }));
    });
  } finally {
    network.dispose();
    resident.kill();
  }
}

test('a range that is narrowed while the gate is closed opens it within a minute', () =>
  atTheGate((network, isQuietAt) => {
    for (let open = 0; open < 5; open += 1) network.bindUdp('0.0.0.0', 0);
    expect(isQuietAt(100_000)).toBe(true);
    network.range(40_000, 40_099);
    expect(isQuietAt(101_000)).toBe(true);
    expect(isQuietAt(160_000)).toBe(false);
  }));

test('TIME_WAITs alone open the gate', () =>
  atTheGate((network, isQuietAt) => {
    const listener = network.listen('127.0.0.1', 80);
    const made = network.connections(15, { to: '127.0.0.1', port: 80 }, listener);
    for (const { client, server } of made) network.close(client, server);
    network.close(listener);
    expect(isQuietAt(0)).toBe(false);
  }));

test('UDP sockets alone open the gate', () =>
  atTheGate((network, isQuietAt) => {
    for (let open = 0; open < 9; open += 1) network.bindUdp('0.0.0.0', 0);
    expect(isQuietAt(0)).toBe(true);
    network.bindUdp('0.0.0.0', 0);
    expect(isQuietAt(0)).toBe(false);
  }));

test.each(['sockstat', 'protocols'])('a %s that is not understood opens the gate', (name) => {
  const gate = new Gate(buildRules(defaultConfig().alerts), { minRatio: 0.01 });
  const presentKinds = new Set(['connect', 'bind', 'udp', 'sctp']);
  const quietWith = (files: Readonly<Record<string, string>>): boolean => {
    const procfs = writeProcfs(files);
    const watched = new NamespaceState({
      id: 1,
      identity: { ...NOBODY, netns: '1' },
      enterBy: '',
      visit: raise,
    });
    const view = {
      net: join(procfs, 'net'),
      sysctl: join(procfs, 'sys/net'),
      sockets: 'none',
    } as const;
    return watched.isQuiet(view, { gate, presentKinds, nowMs: 0 });
  };
  expect(quietWith({})).toBe(true);
  expect(quietWith({ [`net/${name}`]: 'nonsense\n' })).toBe(false);
});

const NOBODY = { nsInode: '', podNamespace: '', podName: '', name: '', containerId: '' };

function raise(): never {
  throw new Error('no namespace');
}
