import { describe, expect, test } from 'vitest';
import { AlertEvaluator, type Observation } from '../../src/alerts/evaluator.ts';
import { buildRules } from '../../src/alerts/rules.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { endpoint } from '../support/pools.ts';
import { Random } from '../support/random.ts';

const RULES = buildRules(defaultConfig().alerts);

/** Plays usage ratios, one poll every 5 s; the transitions as `second alert severity change`. */
function play(
  ratios: readonly number[],
  observe: (ratio: number) => Observation = usageOf,
): string[] {
  const evaluator = new AlertEvaluator(RULES);
  return ratios.flatMap((ratio, index) => {
    const { transitions } = evaluator.evaluate([observe(ratio)], 5 * index);
    return transitions.map(({ alert, severity, change }) => {
      return `${5 * index} ${alert.replace('EphemeralPorts', '')} ${severity} ${change}`;
    });
  });
}

function usageOf(ratio: number): Observation {
  return { usage: endpoint(1, Math.round(1000 * ratio)), trend: undefined };
}

test('while a pool cannot be read nothing begins, clears or is forgotten', () => {
  const evaluator = new AlertEvaluator(RULES);
  const at = (seconds: number, ratio: number, ageSeconds?: number): readonly string[] => {
    const observation = { ...usageOf(ratio), ...(ageSeconds !== undefined && { ageSeconds }) };
    const { firing, transitions } = evaluator.evaluate([observation], seconds);
    expect(ageSeconds === undefined ? [] : transitions).toEqual([]);
    return firing.map(({ severity }) => severity);
  };
  at(0, 0.8);
  expect(at(300, 0.8, 300)).toEqual([]);
  expect(at(305, 0.8)).toEqual(['warning']);
  for (let seconds = 310; seconds < 1000; seconds += 5) {
    expect(at(seconds, 0.1, seconds - 305)).toEqual(['warning']);
  }
  expect(at(1000, 0.8)).toEqual(['warning']);
});

test('what is crossed and waits for its hold is pending, where nothing as severe fires', () => {
  const evaluator = new AlertEvaluator(RULES);
  const at = (seconds: number, ratio: number, taken = 0): readonly string[][] => {
    const usage = { ...endpoint(1, 1000 * ratio), firstPass: { size: 500, taken } };
    const { pending, firing, pools } = evaluator.evaluate([{ usage, trend: undefined }], seconds);
    expect(pools.map(({ riskLevel }) => riskLevel > 0)).toEqual([firing.length > 0]);
    return [pending, firing].map((alerts) => alerts.map(({ severity }) => severity));
  };
  expect(at(0, 0.8)).toEqual([['warning'], []]);
  expect(at(10, 0.95)).toEqual([['critical'], ['warning']]);
  expect(at(20, 0.95)).toEqual([[], ['warning', 'critical']]);
  expect(at(25, 0.1)).toEqual([[], ['warning', 'critical']]);
  // The hint that connect() is slow says no more than they do.
  expect(at(30, 0.1, 500)).toEqual([[], ['warning', 'critical']]);
});

test('an alert of which nothing is known any more ends with its last numbers and a reason', () => {
  const evaluator = new AlertEvaluator(RULES);
  for (const seconds of [0, 10]) evaluator.evaluate([usageOf(0.75)], seconds);
  const { transitions } = evaluator.evaluate([], 15, () => 'namespace_gone');
  expect(transitions).toMatchObject([
    { change: 'ended', reason: 'namespace_gone', lastedSeconds: 5, usage: { held: 750 } },
  ]);
  expect(evaluator.evaluate([], 20).transitions).toEqual([]);
});

const stay = (ratio: number, polls: number): number[] => Array.from({ length: polls }, () => ratio);

describe('hold, hysteresis and least firing time', () => {
  test.each([
    ['just below the threshold', stay(0.699, 50), []],
    ['at the threshold for less than the hold', [...stay(0.7, 2), ...stay(0.69, 20)], []],
    ['at the threshold for the hold', stay(0.7, 10), ['10 Exhaustion warning fired']],
    [
      'a break begins the hold anew',
      [0.7, 0.7, 0.69, 0.7, 0.7, 0.7],
      ['25 Exhaustion warning fired'],
    ],
    [
      'both severities fire together',
      stay(0.95, 4),
      ['10 Exhaustion warning fired', '10 Exhaustion critical fired'],
    ],
    [
      'between 0.9 × threshold and threshold it goes on',
      [...stay(0.7, 3), ...stay(0.63, 200)],
      ['10 Exhaustion warning fired'],
    ],
    [
      'a minute of belowClearThreshold clears, not before two minutes of firing',
      [...stay(0.7, 3), ...stay(0.2, 60)],
      ['10 Exhaustion warning fired', '130 Exhaustion warning cleared'],
    ],
    [
      'after long firing a minute of belowClearThreshold is enough',
      [...stay(0.7, 60), ...stay(0.2, 60)],
      ['10 Exhaustion warning fired', '360 Exhaustion warning cleared'],
    ],
    [
      'belowClearThreshold that is broken begins anew',
      [...stay(0.7, 60), ...stay(0.2, 11), 0.65, ...stay(0.2, 30)],
      ['10 Exhaustion warning fired', '420 Exhaustion warning cleared'],
    ],
    [
      'a critical one clears by itself',
      [...stay(0.95, 60), ...stay(0.75, 60)],
      [
        '10 Exhaustion warning fired',
        '10 Exhaustion critical fired',
        '360 Exhaustion critical cleared',
      ],
    ],
  ])('%s', (_title, ratios, expected) => {
    expect(play(ratios)).toEqual(expected);
  });

  test('on jitter around the threshold there is never more than one transition a minute', () => {
    const random = new Random(3);
    const ratios = Array.from({ length: 5000 }, () => 0.55 + random.below(300) / 1000);
    const seconds = play(ratios)
      .filter((line) => line.includes('warning'))
      .map((line) => Number(line.split(' ')[0]));
    const gaps = seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60);
  });
});

describe('each alert looks at its own', () => {
  const held = (usage: Partial<PoolUsage>, seconds?: number) => () => ({
    usage: { ...endpoint(1, 400), ...usage },
    trend:
      seconds === undefined
        ? undefined
        : { peakRatio: 0, timeToExhaustionSeconds: seconds, opens: 0 },
  });

  test.each([
    ['first pass', held({ firstPass: { size: 100, taken: 95 } }), ['30 SlowConnect info fired']],
    ['first pass, one port left', held({ firstPass: { size: 100, taken: 94 } }), []],
    ['forecast', held({}, 500), ['30 Forecast warning fired']],
    ['forecast, near', held({}, 100), ['30 Forecast warning fired', '30 Forecast critical fired']],
    ['forecast of a pool that is little used', held({ available: 900 }, 100), []],
    ['forecast: not heading there', held({}, Number.POSITIVE_INFINITY), []],
    ['udp', held({ kind: 'udp', available: 300 }), ['10 UdpExhaustion warning fired']],
    ['bind', held({ kind: 'bind', available: 300 }), ['10 BindExhaustion warning fired']],
    ['bind, forecast', held({ kind: 'bind' }, 500), ['30 Forecast warning fired']],
    [
      'bind to a wildcard address',
      held({ kind: 'bind', localAddress: '0.0.0.0', available: 50 }, 100),
      ['10 BindExhaustion info fired'],
    ],
    ['bind to ::, below info', held({ kind: 'bind', localAddress: '::', available: 51 }, 100), []],
    [
      'range',
      held({ kind: 'range', available: 100 }),
      ['10 RangeBlocked warning fired', '10 RangeBlocked critical fired'],
    ],
    ['range, forecast', held({ kind: 'range' }, 500), ['30 Forecast warning fired']],
    [
      'no capacity at all',
      held({ capacity: 0, available: 0 }),
      ['10 Exhaustion warning fired', '10 Exhaustion critical fired'],
    ],
  ])('%s', (_title, observe, expected) => {
    expect(play(stay(0, 20), observe)).toEqual(expected);
  });

  test('a forecast that rises above 1.25 × its threshold for a minute clears', () => {
    const evaluator = new AlertEvaluator(RULES);
    const lines: string[] = [];
    for (let second = 0; second <= 400; second += 5) {
      const timeToExhaustionSeconds = second < 200 ? 500 : second < 250 ? 700 : 800;
      const trend = { peakRatio: 0.4, timeToExhaustionSeconds, opens: 0 };
      const { transitions } = evaluator.evaluate([{ usage: endpoint(1, 400), trend }], second);
      lines.push(...transitions.map(({ change }) => `${second} ${change}`));
    }
    expect(lines).toEqual(['30 fired', '310 cleared']);
  });
});

test('a level is that of the highest severity, and says how long it lasted', () => {
  const evaluator = new AlertEvaluator(RULES);
  for (let second = 0; second < 300; second += 5) evaluator.evaluate([usageOf(0.95)], second);
  const { pools, firing } = evaluator.evaluate([usageOf(0.95)], 300);
  expect(pools[0]?.riskLevel).toBe(3);
  expect(firing.map(({ severity }) => severity)).toEqual(['warning', 'critical']);
  const cleared = Array.from({ length: 20 }, (_, index) => {
    return evaluator.evaluate([usageOf(0)], 305 + 5 * index).transitions;
  }).flat();
  expect(cleared.map(({ lastedSeconds }) => lastedSeconds)).toEqual([355, 355]);
});

test('new thresholds keep the alerts that fire', () => {
  const evaluator = new AlertEvaluator(RULES);
  for (let second = 0; second < 60; second += 5) evaluator.evaluate([usageOf(0.8)], second);
  const { alerts } = defaultConfig();
  const exhaustion = { warning: 0.75, critical: 0.9, for: 10 };
  evaluator.replaceRules(buildRules({ ...alerts, EphemeralPortsExhaustion: exhaustion }));
  expect(evaluator.evaluate([usageOf(0.8)], 60)).toMatchObject({
    transitions: [],
    firing: [{ alert: 'EphemeralPortsExhaustion', severity: 'warning' }],
  });
});
