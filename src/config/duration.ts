/** Seconds in each unit; those of Prometheus's durations but for week and year. */
const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

const DURATION = /^(?:\d+(?:ms|s|m|h|d))+$/;

/** Seconds in a duration in Prometheus's notation, such as `5s` or `1h30m`; NaN for anything else. */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) return text === '0' ? 0 : Number.NaN;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    seconds += Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(seconds) ? seconds : Number.NaN;
}
