import { describe, expect, test } from 'vitest';
import { BackOff } from '../../src/scan/back-off.ts';

const INTERVAL_MS = 5000;

/** Tells when polls, one in `INTERVAL_MS`, make an attempt that fails, in polls since the first. */
function failingAttempts(backOff: BackOff, polls: number): number[] {
  const attempts: number[] = [];
  for (let poll = 0; poll < polls; poll += 1) {
    const nowMs = poll * INTERVAL_MS;
    if (!backOff.isDue(nowMs)) continue;
    attempts.push(poll);
    backOff.fail('no', nowMs, INTERVAL_MS);
  }
  return attempts;
}

describe('what fails is tried again', () => {
  test('after one poll, then after twice as many each time, at last every five minutes', () => {
    expect(failingAttempts(new BackOff(), 260)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  test('and its problem is known until it works', () => {
    const backOff = new BackOff();
    expect(backOff.problem).toBe('');
    backOff.fail('not permitted', 0, INTERVAL_MS);
    expect([backOff.problem, backOff.isDue(INTERVAL_MS - 1)]).toEqual(['not permitted', false]);
    backOff.succeed(INTERVAL_MS);
    expect([backOff.problem, backOff.isDue(INTERVAL_MS)]).toEqual(['', true]);
  });

  test('what works again for longer than was waited for starts with the first wait', () => {
    const backOff = new BackOff();
    for (const nowMs of [0, 5000, 15_000]) backOff.fail('no', nowMs, INTERVAL_MS);
    backOff.succeed(35_000);
    backOff.succeed(50_000);
    backOff.fail('no', 60_000, INTERVAL_MS);
    expect([64_999, 65_000].map((nowMs) => backOff.isDue(nowMs))).toEqual([false, true]);
  });

  test('what works now and then is tried more and more seldom all the same', () => {
    const backOff = new BackOff();
    for (const nowMs of [0, 5000, 15_000]) backOff.fail('no', nowMs, INTERVAL_MS);
    backOff.succeed(35_000);
    backOff.fail('no', 40_000, INTERVAL_MS);
    expect([79_999, 80_000].map((nowMs) => backOff.isDue(nowMs))).toEqual([false, true]);
  });

  test('an attempt that takes longer than the wait does not shorten the next one', () => {
    const backOff = new BackOff();
    backOff.fail('no answer within 2 s', 0, 1000);
    backOff.fail('no answer within 2 s', 9000, 1000);
    expect([10_999, 11_000].map((nowMs) => backOff.isDue(nowMs))).toEqual([false, true]);
  });
});
