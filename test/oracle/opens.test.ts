import { afterEach, describe, expect, test } from 'vitest';
import {
  type Connection,
  type Network,
  pause,
  type Target,
} from '../../deploy/demo/lab/network.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { HAS_REUSE_DELAY } from '../support/kernel-version.ts';
import { Polls, type Source, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { HIGH, inNetwork, LOW, reuseDelay, REUSED_AT_ONCE_MS } from '../support/scenario.ts';

/** Longer than a poll takes here, and than two polls may differ about when a TIME_WAIT began. */
const APART_MS = 400;

const TARGET: Target = { to: '127.0.0.1', port: 80 };

const toClose: Polls[] = [];
afterEach(() => {
  for (const polls of toClose.splice(0)) polls.close();
});

/** Polls by every source. */
class EachSource {
  readonly #polls: readonly (readonly [Source, Polls])[];

  constructor() {
    this.#polls = SOURCES.map((source) => {
      const polls = new Polls({ flags: [`--poll.source=${source}`] });
      toClose.push(polls);
      return [source, polls] as const;
    });
  }

  /** What each says after its next poll. */
  async opens(labels = { remote_port: '80' }): Promise<ReadonlyMap<Source, number>> {
    return this.#each((page) => page.find('endpoint_opens_total', labels) ?? 0);
  }

  /** The same at a moment that is no part of any connection's begin or end. */
  async opensApart(): Promise<ReadonlyMap<Source, number>> {
    pause(APART_MS);
    const opens = await this.opens();
    pause(APART_MS);
    return opens;
  }

  async #each(valueOf: (page: Exposition) => number): Promise<ReadonlyMap<Source, number>> {
    const values = new Map<Source, number>();
    for (const [source, polls] of this.#polls) values.set(source, valueOf(await polls.next()));
    return values;
  }
}

/** All sources say `opens`. */
function all(opens: number): ReadonlyMap<Source, number> {
  return new Map(SOURCES.map((source) => [source, opens]));
}

function closeClientsFirst(network: Network, connections: readonly Connection[]): void {
  for (const { client } of connections) network.close(client);
  for (const { server } of connections) network.close(server);
}

function closeServersFirst(network: Network, connections: readonly Connection[]): void {
  for (const { server } of connections) network.close(server);
  for (const { client } of connections) network.close(client);
}

describe('connections that were opened', () => {
  test('are those that grew, and those that became TIME_WAIT; none at the first poll', () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
      const listener = network.listen(TARGET.to, TARGET.port);
      const polls = new EachSource();
      const old = network.connections(5, TARGET, listener);
      closeClientsFirst(network, network.connections(5, TARGET, listener));
      expect(await polls.opensApart()).toEqual(all(0));
      const held = network.connections(10, TARGET, listener);
      expect(await polls.opensApart()).toEqual(all(10));
      closeClientsFirst(network, [...held.splice(0, 4), ...old]);
      expect(await polls.opensApart()).toEqual(all(10));
      closeClientsFirst(network, network.connections(6, TARGET, listener));
      expect(await polls.opensApart()).toEqual(all(16));
      expect(await polls.opensApart()).toEqual(all(16));
    }));

  test('are not seen where the other end closed first, and never counted twice for that', () =>
    inNetwork(async (network) => {
      const listener = network.listen(TARGET.to, TARGET.port);
      const polls = new EachSource();
      const held = network.connections(10, TARGET, listener);
      expect(await polls.opensApart()).toEqual(all(0));
      closeServersFirst(network, held.splice(0, 7));
      expect(await polls.opensApart()).toEqual(all(0));
      network.connections(7, TARGET, listener);
      closeServersFirst(network, network.connections(4, TARGET, listener));
      expect(await polls.opensApart()).toEqual(all(7));
    }));

  test('are counted once while they wait for the FIN of the other end, and after', () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_fin_timeout': 30 });
      const listener = network.listen(TARGET.to, TARGET.port);
      const polls = new EachSource();
      await polls.opensApart();
      const half = network.connections(8, TARGET, listener);
      for (const { client } of half) network.close(client);
      expect(await polls.opensApart()).toEqual(all(8));
      for (const { server } of half) network.close(server);
      expect(await polls.opensApart()).toEqual(all(8));
    }));

  test('count on ports that they took over from TIME_WAITs', () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 1, ...reuseDelay(REUSED_AT_ONCE_MS) });
      network.range(LOW, LOW + 9);
      const listener = network.listen(TARGET.to, TARGET.port);
      const polls = new EachSource();
      await polls.opensApart();
      closeClientsFirst(network, network.connections(10, TARGET, listener));
      expect(await polls.opensApart()).toEqual(all(10));
      if (!HAS_REUSE_DELAY) pause(1100);
      const again = network.connections(9, TARGET, listener);
      expect(await polls.opensApart()).toEqual(all(19));
      closeClientsFirst(network, again);
      expect(await polls.opensApart()).toEqual(all(19));
      if (!HAS_REUSE_DELAY) pause(1100);
      closeClientsFirst(network, network.connections(9, TARGET, listener));
      expect(await polls.opensApart()).toEqual(all(28));
    }));

  test('begin anew with another range, which has other rows', () =>
    inNetwork(async (network) => {
      const listener = network.listen(TARGET.to, TARGET.port);
      const polls = new EachSource();
      network.range(LOW, LOW + 49);
      network.connections(20, TARGET, listener);
      await polls.opensApart();
      network.range(LOW, LOW + 9);
      await polls.opensApart();
      network.range(LOW, LOW + 49);
      expect(await polls.opensApart()).toEqual(all(0));
      network.connections(3, TARGET, listener);
      expect(await polls.opensApart()).toEqual(all(3));
    }));
});

const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);
const STORIES = 2;
const STEPS = 8;

/** What a random client did; it counts its own connects. */
class Story {
  opened = 0;
  readonly #network: Network;
  readonly #random: Random;
  #listener: number;
  readonly #held: Connection[] = [];
  readonly #halfClosed: number[] = [];

  constructor(network: Network, random: Random) {
    this.#network = network;
    this.#random = random;
    this.#listener = network.listen(TARGET.to, TARGET.port);
  }

  step(): void {
    const actions = [
      () => {
        this.#open();
      },
      () => {
        this.#open();
      },
      () => {
        closeClientsFirst(this.#network, this.#some());
      },
      () => {
        closeServersFirst(this.#network, this.#some());
      },
      () => {
        this.#halfClose();
      },
      () => {
        this.#closeOtherHalves();
      },
      () => {
        this.#reset();
      },
      () => {
        pause(this.#random.below(30));
      },
    ] as const;
    this.#random.pick(actions)();
  }

  #open(): void {
    const free = HIGH - LOW - 60 - this.#held.length - this.#halfClosed.length;
    const count = Math.min(this.#random.below(8), Math.max(0, free));
    this.#held.push(...this.#network.connections(count, this.#target(), this.#listener));
    this.opened += count;
  }

  #target(): Target {
    return this.#random.oneIn(3) ? { ...TARGET, mapped: true } : TARGET;
  }

  #some(): readonly Connection[] {
    return this.#held.splice(this.#random.below(4), this.#random.below(8));
  }

  #halfClose(): void {
    for (const { client, server } of this.#some()) {
      this.#network.close(client);
      this.#halfClosed.push(server);
    }
  }

  #closeOtherHalves(): void {
    this.#network.close(...this.#halfClosed.splice(0));
  }

  /** Connections that nobody accepts end with their listener, by a reset (`inet_csk_listen_stop`). */
  #reset(): void {
    const clients = Array.from({ length: this.#random.below(5) }, () =>
      this.#network.connect(TARGET),
    );
    this.opened += clients.length;
    this.#network.close(this.#listener);
    this.#listener = this.#network.listen(TARGET.to, TARGET.port);
    this.#network.close(...clients);
  }
}

test(`random clients have opened at least what is said (MIXTURE_SEED=${SEED})`, async () => {
  for (let story = 0; story < STORIES; story += 1) {
    const random = new Random(SEED + story);
    await inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': random.below(3), ...reuseDelay(REUSED_AT_ONCE_MS) });
      const client = new Story(network, random);
      const polls = new EachSource();
      for (let step = 0; step < 5; step += 1) client.step();
      await polls.opens();
      const before = client.opened;
      let last: ReadonlyMap<Source, number> = new Map();
      for (let step = 0; step < STEPS; step += 1) {
        random.times(4, () => {
          client.step();
        });
        const opens = await polls.opens();
        for (const [source, said] of opens) {
          expect(said, `${source}, seed ${SEED + story}`).toBeLessThanOrEqual(
            client.opened - before,
          );
          expect(said, source).toBeGreaterThanOrEqual(last.get(source) ?? 0);
        }
        last = opens;
      }
    });
  }
});
