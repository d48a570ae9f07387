import { readFileSync } from 'node:fs';
import { AlertEvaluator } from '../../../src/alerts/evaluator.ts';
import { buildRules } from '../../../src/alerts/rules.ts';
import { defaultConfig } from '../../../src/config/defaults.ts';
import { History } from '../../../src/history/history.ts';
import type { PoolUsage } from '../../../src/pools/pool.ts';
import { HistoryFeed } from '../../support/history-feed.ts';
import { endpoint } from '../../support/pools.ts';

/** One second of a real client, as a poll saw it. */
export type TracePoint = Pick<PoolUsage, 'capacity' | 'held' | 'available' | 'returning'> & {
  readonly second: number;
};

/** What the exporter made of one second of a trace. */
export interface Verdict extends TracePoint {
  readonly forecast: number | undefined;
  /** Alerts that fired at this second, as `EphemeralPortsForecast warning`. */
  readonly fired: readonly string[];
}

export function readTrace(name: string): readonly TracePoint[] {
  const text = readFileSync(new URL(`${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TracePoint);
}

/** Plays a trace into history and alerts, one poll every `interval` seconds. */
export function playTrace(name: string, interval: number): readonly Verdict[] {
  const history = new HistoryFeed(
    new History({ windowSeconds: 600, intervalSeconds: interval, pools: 1 }),
  );
  const evaluator = new AlertEvaluator(buildRules(defaultConfig().alerts));
  return readTrace(name)
    .filter(({ second }) => second % interval === 0)
    .map((point) => {
      const usage = { ...endpoint(1, point.held, point.capacity), ...point };
      const followed = history.record([usage], point.second);
      const { transitions } = evaluator.evaluate(followed, point.second);
      return {
        ...point,
        forecast: followed[0]?.trend.timeToExhaustionSeconds,
        fired: transitions
          .filter(({ change }) => change === 'fired')
          .map(({ alert, severity }) => `${alert} ${severity}`),
      };
    });
}
