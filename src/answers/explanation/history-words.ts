import type { HeldSample } from '../held-sample.ts';
import { duration, percent } from '../words.ts';
import type { HistoryJson } from './history-json.ts';

/** What an endpoint held over time, in words. */
export function historyLines(history: HistoryJson): readonly string[] {
  const { samples, followed_seconds: followed, usage_ratio_peak: peak, opens } = history;
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const seconds = last.at_seconds - first.at_seconds;
  const opened = opens > 0 ? `; ${opens} connections opened since, at least` : '';
  return [
    `Held over the last ${duration(seconds)}: ${first.held} → ${last.held}${rateText(history)}.`,
    ...stateLines(first, last),
    ...forecastLines(history),
    `First seen ${duration(followed)} ago, ${percent(peak)} used at the highest${opened}.`,
  ];
}

const STATES = [
  ['established', 'ESTABLISHED'],
  ['syn_sent', 'SYN_SENT'],
  ['time_wait', 'TIME_WAIT'],
  ['close_wait', 'CLOSE_WAIT'],
] as const;

function stateLines(first: HeldSample, last: HeldSample): readonly string[] {
  const changes = STATES.filter(([state]) => first[state] !== last[state]).map(
    ([state, name]) => `${name} ${first[state]} → ${last[state]}`,
  );
  return changes.length === 0 ? [] : [`Of them ${changes.join(', ')}.`];
}

/** `, +31 a second`. */
function rateText({ held_per_second: rate }: HistoryJson): string {
  if (rate === null) return '';
  const text = Math.abs(rate) >= 10 ? rate.toFixed(0) : rate.toFixed(1);
  if (Number(text) === 0) return ', steady in the last minute';
  return `, ${rate > 0 ? '+' : ''}${text} a second in the last minute`;
}

function forecastLines({
  heading_for_exhaustion: isHeading,
  time_to_exhaustion_seconds: left = 0,
}: HistoryJson): readonly string[] {
  if (isHeading !== true) return [];
  return [
    left <= 0 ? 'No port is left.' : `At this rate no port is left in about ${duration(left)}.`,
  ];
}
