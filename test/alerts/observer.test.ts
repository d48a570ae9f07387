import { describe, expect, test } from 'vitest';
import { type Observed, PoolObserver } from '../../src/alerts/observer.ts';
import { buildRules } from '../../src/alerts/rules.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { History } from '../../src/history/history.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { ArrayView, type Tickets } from '../support/array-view.ts';
import { endpoint } from '../support/pools.ts';

const OPTIONS = {
  rules: buildRules(defaultConfig().alerts),
  limit: 5,
  minRatio: 0.01,
  keepUnreadSeconds: 30,
};

/** An observer of one namespace, polled every five seconds, whose history follows `most` pools. */
class Observing {
  readonly #observer: PoolObserver;
  readonly #tickets: Tickets = new Map();
  #seconds = 0;
  view = new ArrayView([], this.#tickets);

  constructor(most: number) {
    const history = { windowSeconds: 600, intervalSeconds: 5, pools: most };
    this.#observer = new PoolObserver(new History(history), most);
  }

  poll(pools: readonly PoolUsage[], kept: readonly number[] = []): Observed {
    this.#seconds += 5;
    this.view = new ArrayView(pools, this.#tickets);
    const namespaces = [{ namespaceId: 1, views: [this.view] }];
    const observed = this.#observer.observe(
      { namespaces, isUnread: () => false },
      this.#seconds,
      OPTIONS,
    );
    this.#observer.keep(({ remotePort }) => kept.includes(remotePort));
    return observed;
  }

  /** A poll at which the namespace could not be read. */
  pollRefused(): Observed {
    this.#seconds += 5;
    const found = { namespaces: [], isUnread: () => true };
    return this.#observer.observe(found, this.#seconds, OPTIONS);
  }
}

function ports({ observations }: Observed): readonly number[] {
  return observations.map(({ usage }) => usage.remotePort).toSorted((a, b) => a - b);
}

function pools(first: number, count: number, held: number): readonly PoolUsage[] {
  return Array.from({ length: count }, (_, index) => endpoint(first + index, held));
}

describe('objects', () => {
  test('are made of the highest in rank and of those that a rule may be crossed for, of no others', () => {
    const observing = new Observing(1000);
    const few = [...pools(1, 500, 1), ...pools(501, 3, 20), ...pools(601, 2, 350)];
    expect(ports(observing.poll(few))).toEqual([501, 502, 503, 601, 602]);
    expect(observing.view.made).toBe(5);
    const many = [...few, ...pools(701, 20, 800)];
    expect(ports(observing.poll(many))).toEqual([
      601,
      602,
      ...Array.from({ length: 20 }, (_, index) => 701 + index),
    ]);
  });

  test('of a first pass that is nearly full are made too', () => {
    const slow = { ...endpoint(1, 10), firstPass: { size: 500, taken: 480 } };
    const observing = new Observing(1000);
    const others = pools(11, 20, 30);
    expect(ports(observing.poll([slow, ...others]))).not.toContain(1);
    const counted = new Observing(1000);
    counted.poll([slow, ...others]);
    expect(counted.view.made).toBe(5);
  });

  test('are made of those that are kept, whatever their numbers', () => {
    const observing = new Observing(1000);
    observing.poll([endpoint(1, 900), ...pools(11, 20, 30)], [1]);
    expect(ports(observing.poll([endpoint(1, 0), ...pools(11, 20, 30)]))).toContain(1);
  });
});

test('where all followed pools go and as many new ones come, the new ones are followed', () => {
  const observing = new Observing(100);
  observing.poll(pools(1, 250, 2));
  const gone = pools(1, 250, 0);
  const observed = observing.poll([...gone, ...pools(1001, 250, 30)]);
  expect(observed.observations.map(({ usage }) => usage.held)).toEqual([30, 30, 30, 30, 30]);
  expect([...observed.aboveMinRatio]).toEqual([1]);
  const again = observing.poll([...gone, ...pools(1001, 250, 30)]);
  expect(again.observations.map(({ usage }) => usage.held)).toEqual([30, 30, 30, 30, 30]);
  expect(again.idle(1, 'connect')).toBe(0);
});

test('pools that hold nothing any more are counted while the window remembers them', () => {
  const observing = new Observing(100);
  observing.poll(pools(1, 7, 20));
  const observed = observing.poll([...pools(1, 4, 0), ...pools(5, 3, 20)]);
  expect(observed.idle(1, 'connect')).toBe(4);
  expect(observed.idle(1, 'udp')).toBe(0);
  expect(observed.idle(2, 'connect')).toBe(0);
});

test('of a namespace that cannot be read, what was observed stays, and so does its past', () => {
  const observing = new Observing(100);
  observing.poll([endpoint(1, 800), endpoint(2, 40)]);
  expect(ports(observing.pollRefused())).toEqual([1, 2]);
  const { observations } = observing.poll([endpoint(1, 100), endpoint(2, 40)]);
  const [first] = observations.filter(({ usage }) => usage.remotePort === 1);
  expect(first?.trend?.peakRatio).toBe(0.8);
});

describe('one namespace that opens more pools than the history has rows', () => {
  const ROWS = 100;
  const VICTIM = 2;

  /** At each poll 300 endpoints that nobody saw before, all of them full. */
  class Flood {
    readonly #observer = new PoolObserver(
      new History({ windowSeconds: 600, intervalSeconds: 5, pools: ROWS }),
      ROWS,
    );
    readonly #tickets: readonly Tickets[] = [new Map(), new Map()];
    #polls = 0;

    poll(victim: readonly PoolUsage[]): readonly number[] {
      this.#polls += 1;
      const flood = pools(1 + 300 * (this.#polls % 50), 300, 1000);
      const all = [flood, victim].map((each, index) => ({
        namespaceId: 1 + index,
        views: [new ArrayView(each, this.#tickets[index] ?? new Map<number, number>())],
      }));
      const namespaces = all.slice(0, victim.length === 0 ? 1 : 2);
      const found = { namespaces, isUnread: () => false };
      const { observations } = this.#observer.observe(found, 5 * this.#polls, OPTIONS);
      return observations
        .filter(({ usage }) => usage.namespaceId === VICTIM)
        .map(({ usage, trend }) => usage.remotePort + (trend?.peakRatio ?? 0));
    }
  }

  const ofVictim = (port: number, held: number): PoolUsage => {
    return { ...endpoint(port, held), namespaceId: VICTIM };
  };

  test('takes no row of another: a pool at risk there is seen at once, and keeps its peak', () => {
    const flood = new Flood();
    for (let poll = 0; poll < 5; poll += 1) expect(flood.poll([])).toEqual([]);
    expect(flood.poll([ofVictim(20_000, 800)])).toEqual([20_000.8]);
    for (let poll = 0; poll < 20; poll += 1) {
      expect(flood.poll([ofVictim(20_000, 750)])).toEqual([20_000.8]);
    }
  });

  test('gives up as many rows as the other needs, until both have as many', () => {
    const flood = new Flood();
    for (let poll = 0; poll < 5; poll += 1) flood.poll([]);
    const many = Array.from({ length: 80 }, (_, index) => ofVictim(20_000 + index, 710));
    for (let poll = 0; poll < 3; poll += 1) flood.poll(many);
    expect(flood.poll(many)).toHaveLength(ROWS / 2);
  });
});
