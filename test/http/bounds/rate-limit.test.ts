import { describe, expect, test } from 'vitest';
import { RateLimit } from '../../../src/http/bounds/rate-limit.ts';

describe('a rate limit', () => {
  test('grants a burst, then one in each interval, and never more than the burst', () => {
    let now = 0;
    const clock = { monotonicMs: () => now, unixSeconds: () => 0 };
    const limit = new RateLimit({ burst: 3, everySeconds: 2 }, clock);
    const take = (times: number): number =>
      Array.from({ length: times }, () => limit.take()).filter(Boolean).length;
    expect(take(5)).toBe(3);
    now += 1999;
    expect(take(1)).toBe(0);
    now += 1;
    expect(take(2)).toBe(1);
    expect(limit.isFull).toBe(false);
    now += 60_000;
    expect(limit.isFull).toBe(true);
    expect(take(5)).toBe(3);
  });
});
