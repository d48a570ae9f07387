import { AlertEvaluator } from '../../src/alerts/evaluator.ts';
import { buildRules } from '../../src/alerts/rules.ts';
import { duration } from '../../src/answers/words.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { History } from '../../src/history/history.ts';
import { HistoryFeed } from './history-feed.ts';
import { endpoint } from './pools.ts';

const CAPACITY = 28_232;
const ALERTS = [
  'EphemeralPortsForecast warning',
  'EphemeralPortsForecast critical',
  'EphemeralPortsExhaustion warning',
  'EphemeralPortsExhaustion critical',
] as const;

/** How long before the last port each alert fires, when `rate` ports a second leak: the product's own code. */
export function leadOf(rate: number): readonly string[] {
  const history = new HistoryFeed(
    new History({ windowSeconds: 600, intervalSeconds: 5, pools: 1 }),
  );
  const evaluator = new AlertEvaluator(buildRules(defaultConfig().alerts));
  const end = CAPACITY / rate;
  const leads = new Map<string, number>();
  for (let second = 5; second < end; second += 5) {
    const usage = endpoint(1, Math.floor(rate * second), CAPACITY);
    const followed = history.record([usage], second);
    for (const { alert, severity, change } of evaluator.evaluate(followed, second).transitions) {
      if (change === 'fired') leads.set(`${alert} ${severity}`, end - second);
    }
  }
  return ALERTS.map((alert) => {
    const lead = leads.get(alert);
    return lead === undefined ? 'none' : duration(lead);
  });
}

export const RATES = [5, 20, 50, 100, 200, 400] as const;

/** The table of leads in src/alerts/README.md. */
export function leadTable(): string {
  const rows = RATES.map((rate) => {
    return `| ${rate} | ${duration(CAPACITY / rate)} | ${leadOf(rate).join(' | ')} |`;
  });
  return `${rows.join('\n')}\n`;
}
