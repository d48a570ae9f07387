import { describe, expect, test } from 'vitest';
import { nearlyNone } from '../../src/answers/explanation/nearly-none.ts';
import type { Trend } from '../../src/history/trend.ts';
import { buildRules } from '../../src/alerts/rules.ts';
import { NO_FAILURES } from '../../src/pools/failures.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { onceOptions } from '../support/polls.ts';

const NOTHING_FIRES = { alerts: { firing: [] } } as unknown as Parameters<typeof nearlyNone>[1];

/** An endpoint that holds so many of 100 ports. */
function endpoint(held: number, refused = 0): PoolUsage {
  return {
    namespaceId: 1,
    kind: 'connect',
    protocol: 'tcp',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 80,
    capacity: 100,
    held,
    states: { established: held, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
    bound: 0,
    blocked: 0,
    reusable: 0,
    available: 100 - held,
    returning: [],
    failures: { ...NO_FAILURES, total: refused, lastMinute: refused },
  };
}

function judged(pool: PoolUsage, trend?: Partial<Trend>): ReturnType<typeof nearlyNone> {
  const past: Trend = { peakRatio: 0, timeToExhaustionSeconds: undefined, opens: 0, ...trend };
  const rules = buildRules(onceOptions().alerts);
  return nearlyNone(pool, NOTHING_FIRES, { rules, trendOf: () => past });
}

describe('whether ports that are left are soon taken', () => {
  test('not where few are used, and nothing says so', () => {
    expect(judged(endpoint(50), { peakRatio: 0.99 })).toBeUndefined();
  });

  test('before the hold of an alert has passed', () => {
    expect(judged(endpoint(69))).toBeUndefined();
    expect(judged(endpoint(70))).toMatchObject({ hasFailed: false });
  });

  test('where a forecast says so, and in what time', () => {
    const found = judged(endpoint(40), { timeToExhaustionSeconds: 300 });
    expect(found?.clause).toMatch(/^none in about 5 min at this rate; /);
  });

  test('where calls were refused', () => {
    const found = judged(endpoint(10, 3));
    expect(found).toMatchObject({ hasFailed: true });
    expect(found?.clause).toContain('3 calls were refused in the last minute');
    expect(judged(endpoint(10, 1))?.clause).toContain('1 call was refused');
  });

  test('where none was left in the history window', () => {
    const found = judged(endpoint(10), { peakRatio: 1 });
    expect(found?.clause).toContain('none was left at an earlier poll');
  });
});
