import { describe, expect, test } from 'vitest';
import { History } from '../../src/history/history.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { HistoryFeed } from '../support/history-feed.ts';
import { Random } from '../support/random.ts';
import { endpoint } from '../support/pools.ts';

const CAPACITY = 28_232;

/** A pool with `live` open connections and TIME_WAITs by age: `closed(t)` connections closed at second t. */
function usageAt(second: number, live: number, closed: (second: number) => number): PoolUsage {
  const returning = Array.from({ length: 7 }, () => 0);
  for (let age = 0; age < 60; age += 1) {
    const period = Math.min(6, Math.floor((60 - age + 3) / 10));
    if (second - age >= 0) returning[period] = (returning[period] ?? 0) + closed(second - age);
  }
  const waiting = returning.reduce((sum, each) => sum + each, 0);
  const held = Math.min(CAPACITY, Math.round(live + waiting));
  return { ...endpoint(1, held, CAPACITY), returning };
}

interface Trace {
  readonly live: (second: number) => number;
  readonly closed?: (second: number) => number;
}

interface Point {
  readonly second: number;
  readonly used: number;
  readonly forecast: number | undefined;
}

/** Plays a trace poll by poll. */
function play({ live, closed = () => 0 }: Trace, seconds: number, interval = 5): Point[] {
  const history = new HistoryFeed(
    new History({ windowSeconds: 600, intervalSeconds: interval, pools: 1 }),
  );
  const points: Point[] = [];
  for (let second = 0; second <= seconds; second += interval) {
    const usage = usageAt(second, live(second), closed);
    const [followed] = history.record([usage], second);
    points.push({
      second,
      used: usage.capacity - usage.available,
      forecast: followed?.trend.timeToExhaustionSeconds,
    });
  }
  return points;
}

/** Points from `second` on whose forecast is within `horizon` seconds. */
function alarms(points: readonly Point[], second: number, horizon = 600): Point[] {
  return points.filter(
    (point) => point.second >= second && (point.forecast ?? Infinity) <= horizon,
  );
}

const noise = (seed: number, amplitude: number): ((second: number) => number) => {
  const random = new Random(seed);
  return () => random.below(2 * amplitude + 1) - amplitude;
};

describe('the contract', () => {
  test('absent until there are 12 samples', () => {
    const points = play({ live: (second) => 10 * second + 1 }, 100);
    expect(points.findIndex(({ forecast }) => forecast !== undefined)).toBe(11);
  });

  test('0 when exhausted, at the first sample too', () => {
    expect(play({ live: () => CAPACITY }, 0)[0]?.forecast).toBe(0);
  });
});

describe('no forecast', () => {
  test('steady churn, once it is steady', () => {
    const jitter = noise(1, 40);
    const trace = { live: () => 300 + jitter(0), closed: () => 150 };
    expect(alarms(play(trace, 1800), 60)).toEqual([]);
  });

  test('churn that begins, up to three quarters of the capacity', () => {
    const trace = { live: () => 100, closed: (second: number) => (second >= 120 ? 340 : 0) };
    expect(alarms(play(trace, 900), 60)).toEqual([]);
  });

  for (const period of [20, 30, 45, 60]) {
    test(`a sawtooth with a period of ${period} s`, () => {
      const live = (second: number) => 4000 + (12_000 * (second % period)) / period;
      expect(alarms(play({ live }, 1800), 2 * period)).toEqual([]);
      expect(alarms(play({ live }, 1800, 1), 2 * period)).toEqual([]);
    });
  }

  test('bursts of short connections every minute', () => {
    const trace = { live: () => 50, closed: (second: number) => (second % 60 === 7 ? 12_000 : 0) };
    expect(alarms(play(trace, 1800), 60)).toEqual([]);
  });

  test('a nightly batch: a third of the ports within seconds, for ten minutes', () => {
    const live = (second: number) => (second >= 300 && second < 900 ? 10_000 : 500);
    expect(alarms(play({ live }, 1500), 60)).toEqual([]);
  });

  test('a pool that warms up to a tenth', () => {
    const live = (second: number) => Math.min(2800, 20 * second + 1);
    const points = play({ live }, 900);
    expect(
      points.filter(({ used, forecast }) => used > 0.3 * CAPACITY && (forecast ?? 1e9) < 600),
    ).toEqual([]);
    expect(alarms(points, 140 + 60)).toEqual([]);
  });
});

describe('a climb', () => {
  test.each([4, 20, 100, 400])(
    'of %i ports a second is foreseen within 10% once there are 12 samples',
    (rate) => {
      const end = (CAPACITY - 100) / rate;
      const points = play({ live: (second) => 100 + rate * second }, Math.min(end - 5, 3600));
      for (const { second, forecast } of points.slice(11)) {
        const left = end - second;
        expect(Math.abs((forecast ?? 0) - left)).toBeLessThanOrEqual(Math.max(0.1 * left, 1));
      }
    },
  );

  test('with noise on it, within 10%', () => {
    const jitter = noise(2, 60);
    const points = play({ live: (second) => 500 + 30 * second + jitter(0) }, 800);
    const rated = points.slice(11).map(({ second, forecast }) => {
      return (forecast ?? 0) / ((CAPACITY - 500 - 30 * second) / 30);
    });
    expect(Math.min(...rated)).toBeGreaterThan(0.85);
    expect(Math.max(...rated)).toBeLessThan(1.15);
  });

  test('that begins after a quiet time is foreseen within a minute', () => {
    const live = (second: number) => 1000 + 40 * Math.max(0, second - 600);
    const first = alarms(play({ live }, 1200), 0, 3600)[0];
    expect(first?.second).toBeGreaterThan(600);
    expect(first?.second).toBeLessThanOrEqual(660);
  });

  test('a leak beside churn: the leak alone decides', () => {
    const trace = { live: (second: number) => 4 * second + 1, closed: () => 100 };
    const points = play(trace, 3000);
    const end = (CAPACITY - 6000) / 4;
    for (const { second, forecast } of points.filter(({ second }) => second >= 150)) {
      expect(Math.abs((forecast ?? 0) - (end - second))).toBeLessThan(0.12 * (end - second) + 60);
    }
  });

  test('that accelerates fires before the end', () => {
    const live = (second: number) => 100 + 0.05 * second * second;
    const points = play({ live }, 750).filter(({ used }) => used < CAPACITY);
    expect(alarms(points, 60, 120).length).toBeGreaterThan(6);
  });

  test.each([1, 5])(
    'by a staircase, bursts every 30 s, fires before the end, at %i s',
    (interval) => {
      const live = (second: number) => 100 + 1000 * Math.floor(second / 30);
      const points = play({ live }, 840, interval).filter(({ used }) => used < CAPACITY);
      expect(alarms(points, 60, 600).length).toBeGreaterThan(300 / interval);
      expect(alarms(points, 60, 120).length).toBeGreaterThan(50 / interval);
    },
  );

  test('that ends in a plateau ends the forecast within a minute', () => {
    const live = (second: number) => Math.min(20_000, 100 + 50 * second);
    const points = play({ live }, 900);
    expect(alarms(points, 200, 3600).length).toBeGreaterThan(0);
    expect(alarms(points, 398 + 60, 86_400)).toEqual([]);
  });

  test('by ever more churn is foreseen', () => {
    const trace = { live: () => 100, closed: (second: number) => 100 + 0.25 * second };
    const points = play(trace, 1600).filter(({ used }) => used < CAPACITY);
    expect(alarms(points, 300, 600).length).toBeGreaterThan(20);
  });
});
