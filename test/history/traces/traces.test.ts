import { describe, expect, test } from 'vitest';
import { playTrace, type Verdict } from './trace.ts';

/** What real clients did, recorded on a real kernel (`npm run record-traces`), and what is made of it. */

const INTERVALS = [1, 5] as const;

function fired(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap((verdict) => verdict.fired);
}

/** Seconds from `from` on at which there is a forecast of an end. */
function foreseen(verdicts: readonly Verdict[], from: number): number[] {
  return verdicts
    .filter(({ second, forecast }) => second >= from && Number.isFinite(forecast ?? Infinity))
    .map(({ second }) => second);
}

describe.each(INTERVALS)('at an interval of %i s', (interval) => {
  describe('no alert, and no forecast once the pattern is known', () => {
    test.each([
      ['steady-churn', 75],
      ['sawtooth-45s', 90],
      ['sawtooth-60s', 120],
      ['warm-up', 51 + 60],
      ['batch', 60],
    ])('%s', (name, from) => {
      const verdicts = playTrace(name, interval);
      expect(verdicts.length).toBeGreaterThan(200 / interval);
      expect(fired(verdicts)).toEqual([]);
      expect(foreseen(verdicts, from)).toEqual([]);
    });
  });

  test('linear-climb: the end is foreseen within 10% once there are 12 samples', () => {
    const verdicts = playTrace('linear-climb', interval);
    const end = 1000 / 3;
    for (const { second, forecast } of verdicts.slice(11)) {
      const left = end - second;
      expect(Math.abs((forecast ?? Infinity) - left)).toBeLessThanOrEqual(0.1 * left + 1);
    }
    expect(fired(verdicts)).toContain('EphemeralPortsForecast warning');
  });

  test('leak-beside-churn: the end is foreseen once the churn is steady', () => {
    const verdicts = playTrace('leak-beside-churn', interval);
    for (const { second, forecast } of verdicts.filter((verdict) => verdict.second >= 150)) {
      const left = (1000 - 3 * 61) / 2 - second;
      expect(Math.abs((forecast ?? Infinity) - left)).toBeLessThanOrEqual(0.15 * left + 5);
    }
  });

  test.each(['accelerating-climb', 'staircase'])('%s: fires before the end', (name) => {
    const verdicts = playTrace(name, interval);
    const last = verdicts.at(-1);
    expect(last?.available).toBeGreaterThan(0);
    expect(fired(verdicts)).toContain('EphemeralPortsForecast warning');
  });

  test('accelerating-climb: the critical forecast comes before the end too', () => {
    expect(fired(playTrace('accelerating-climb', interval))).toContain(
      'EphemeralPortsForecast critical',
    );
  });

  test('plateau: the forecast ends within a minute', () => {
    const verdicts = playTrace('plateau', interval);
    expect(foreseen(verdicts, 60).length).toBeGreaterThan(0);
    expect(foreseen(verdicts, 149 + 60)).toEqual([]);
  });
});
