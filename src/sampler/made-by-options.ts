import { PoolObserver } from '../alerts/observer.ts';
import { type AlertsOptions, buildRules, type Rule } from '../alerts/rules.ts';
import { History, type HistoryOptions } from '../history/history.ts';
import type { FailuresChoice } from '../scan/failures.ts';

/** Of the options of a poll, what these are made of. */
interface Options {
  readonly failures: FailuresChoice;
  readonly history: HistoryOptions;
  readonly alerts: AlertsOptions;
  readonly once?: boolean;
}

/** One poll alone has nothing to count from. */
export function failuresChoice({ failures, once }: Options): FailuresChoice {
  return once === true ? 'off' : failures;
}

/** One poll alone has nothing to look back at. */
export function observerOf({ history, once }: Options): PoolObserver {
  const kept = once === true ? { ...history, windowSeconds: 0 } : history;
  return new PoolObserver(new History(kept), history.pools);
}

export function rulesOf({ alerts, once }: Options): readonly Rule[] {
  const rules = buildRules(alerts);
  return once ? rules.map((rule) => ({ ...rule, holdSeconds: 0 })) : rules;
}

/** Whether a change of options begins the history anew. */
export function dropsHistory(before: HistoryOptions, after: HistoryOptions): boolean {
  return (
    before.windowSeconds !== after.windowSeconds ||
    before.intervalSeconds !== after.intervalSeconds ||
    before.pools !== after.pools
  );
}
