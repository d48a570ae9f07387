import { expect, test } from 'vitest';
import { churnOf } from '../../src/answers/diagnosis/churn.ts';
import { stateCause } from '../../src/answers/diagnosis/socket-states.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { endpoint } from '../support/pools.ts';

/** Of 1700 ports so many open, and so many in TIME_WAIT, some of which connect() may take over. */
function busy(open: number, timeWait: number, reusable = 0): PoolUsage {
  const base = endpoint(5432, open + timeWait, 1700);
  const states = { ...base.states, established: open, timeWait };
  return { ...base, states, reusable, available: 1700 - open - timeWait + reusable };
}

test('TIME_WAITs have only the ports that open connections leave', () => {
  expect(churnOf(busy(0, 1200), undefined).most).toBeCloseTo(1700 / 60);
  expect(churnOf(busy(500, 1200), undefined).most).toBeCloseTo(1200 / 60);
});

test('what is taken over has room again after the delay', () => {
  const settings = { timeWaitReuseDelayMs: 1000 } as Parameters<typeof churnOf>[1];
  expect(churnOf(busy(500, 300, 200), settings)).toEqual({ closesPerSecond: 100, most: 1200 });
});

test('near its end the rate that was seen is not said to be one that can go on', () => {
  const { name, evidence } = stateCause(busy(100, 1560), {
    namespace: undefined,
    natRefusals: undefined,
    hasPods: false,
  });
  expect(name).toBe('connection_churn');
  expect(evidence).toMatch(
    /^1560 of 1660 ports are in TIME_WAIT: at least \d+ closes a second; a steady 26 leaves no port$/,
  );
});
