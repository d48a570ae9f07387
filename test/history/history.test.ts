import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { History } from '../../src/history/history.ts';
import { Ring } from '../../src/history/ring.ts';
import { usageRatio } from '../../src/pools/pool.ts';
import { PoolCounts } from '../../src/pools/pool-view.ts';
import { HistoryFeed } from '../support/history-feed.ts';
import { endpoint } from '../support/pools.ts';

const OPTIONS = { windowSeconds: 150, intervalSeconds: 5, pools: 3 };

function trendOf(history: HistoryFeed, port: number, held: number, seconds: number) {
  const followed = history.record([endpoint(port, held)], seconds);
  return followed.find(({ usage }) => usage.remotePort === port)?.trend;
}

test('the ring holds what a plain array holds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.tuple(fc.nat(65_535), fc.nat(65_535)), { maxLength: 80 }),
      (length, samples) => {
        const ring = new Ring(2, length);
        for (const [first, second] of samples) {
          ring.advance();
          ring.write(0, first);
          ring.write(1, second);
        }
        const kept = samples.slice(-length).toReversed();
        expect(kept.map((_, ago) => [ring.at(0, ago), ring.at(1, ago)])).toEqual(kept);
      },
    ),
  );
});

describe('the peak', () => {
  test('is the highest usage ratio of the window, as of a plain array', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 120 }),
        (all) => {
          const history = new HistoryFeed(new History(OPTIONS));
          for (const [index, held] of all.entries()) {
            const window = all.slice(Math.max(0, index - 29), index + 1);
            const expected = Math.max(...window.map((each) => usageRatio(endpoint(1, each))));
            expect(trendOf(history, 1, held, 5 * index)?.peakRatio).toBe(expected);
          }
        },
      ),
    );
  });
});

describe('the states', () => {
  const counts = (established: number, timeWait: number) =>
    Object.assign(new PoolCounts(), {
      capacity: 1000,
      held: established + timeWait + 3,
      taken: established + timeWait + 3,
      established,
      timeWait,
      synSent: 2,
      closeWait: 1,
    });

  test('are kept beside the usage, oldest first, as long as the window', () => {
    const history = new History(OPTIONS);
    history.begin(0);
    history.endSamples(() => false);
    const ticket = history.follow(1, counts(5, 7));
    for (let poll = 1; poll <= 40; poll += 1) {
      history.begin(5 * poll);
      expect(history.sample(ticket, counts(5 + poll, 7))).toBe(true);
      history.endSamples(() => false);
    }
    const states = history.statesOverTime(ticket);
    expect(states).toHaveLength(30);
    expect(states[0]).toMatchObject({ secondsAgo: 145, established: 16, held: 26 });
    expect(states.at(-1)).toEqual({
      secondsAgo: 0,
      held: 55,
      established: 45,
      synSent: 2,
      timeWait: 7,
      closeWait: 1,
    });
  });

  test('are thinned out evenly, with the first and the last of them', () => {
    const history = new History(OPTIONS);
    history.begin(0);
    const ticket = history.follow(1, counts(1, 0));
    for (let poll = 1; poll <= 20; poll += 1) {
      history.begin(5 * poll);
      history.sample(ticket, counts(1 + poll, 0));
    }
    expect(history.statesOverTime(ticket, 3).map(({ held }) => held)).toEqual([4, 14, 24]);
    expect(history.statesOverTime(ticket, 1).map(({ held }) => held)).toEqual([24]);
  });

  test('of a namespace that could not be read are the last ones once more', () => {
    const history = new History(OPTIONS);
    history.begin(0);
    const ticket = history.follow(7, counts(5, 7));
    history.begin(5);
    history.endSamples((namespaceId) => namespaceId === 7);
    expect(history.statesOverTime(ticket).map(({ timeWait }) => timeWait)).toEqual([7, 7]);
    history.begin(10);
    history.endSamples(() => false);
    expect(history.statesOverTime(ticket)).toEqual([]);
  });
});

describe('what is followed', () => {
  test('a pool stays while the window holds a sample above 0', () => {
    const history = new HistoryFeed(new History(OPTIONS));
    const idle = () => endpoint(1, 0);
    history.record([endpoint(1, 9)], 0, idle);
    const counts = Array.from({ length: 32 }, (_, index) => {
      return history.record([], 5 * (index + 1), idle).length;
    });
    expect(counts.filter((count) => count === 1)).toHaveLength(29);
    expect(counts.at(-1)).toBe(0);
  });

  test('with no row left, the pool that has been idle longest makes room', () => {
    const history = new HistoryFeed(new History(OPTIONS));
    const gone = ({ remotePort }: { remotePort: number }) => endpoint(remotePort, 0);
    history.record([endpoint(1, 9), endpoint(2, 9), endpoint(3, 9)], 0, gone);
    history.record([endpoint(2, 9), endpoint(3, 9)], 5, gone);
    history.record([endpoint(4, 9), endpoint(3, 9)], 10, gone);
    const followed = history.record([endpoint(4, 9), endpoint(3, 9)], 15, gone);
    expect(followed.map(({ usage }) => usage.remotePort).toSorted()).toEqual([2, 3, 4]);
    expect(
      history.record([endpoint(5, 9)], 20, (pool) => endpoint(pool.remotePort, 9)),
    ).toHaveLength(3);
  });

  test('with no row left and none idle, the lowest makes room for one that uses far more', () => {
    const history = new HistoryFeed(new History(OPTIONS));
    const as = (held: number) => (pool: { remotePort: number }) => endpoint(pool.remotePort, held);
    history.record([endpoint(1, 20), endpoint(2, 9), endpoint(3, 10)], 0, as(9));
    history.record([endpoint(4, 18)], 5, as(9));
    const ports = (held: number, seconds: number): readonly number[] =>
      history
        .record([endpoint(4, held)], seconds, as(9))
        .map(({ usage }) => usage.remotePort)
        .toSorted();
    expect(ports(18, 10)).toEqual([1, 2, 3]);
    expect(ports(19, 15)).toContain(4);
    expect(ports(20, 20)).toEqual([1, 3, 4]);
  });

  test('thousands of pools that all change at every poll keep to their rows', () => {
    const history = new HistoryFeed(
      new History({ windowSeconds: 600, intervalSeconds: 5, pools: 500 }),
    );
    let port = 0;
    for (let poll = 0; poll < 100; poll += 1) {
      const usages = Array.from({ length: 500 }, () => endpoint((port += 1), 9));
      const followed = history.record(usages, 5 * poll, (pool) => endpoint(pool.remotePort, 0));
      expect(followed.length).toBeLessThanOrEqual(1000);
      expect(new Set(followed.map(({ usage }) => usage.remotePort)).size).toBe(followed.length);
    }
  });
});
