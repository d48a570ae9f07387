import type { Overview } from '../../../answers/overview/overview.ts';

/** After the poll's expected beginning, in milliseconds: most polls take less. */
const AFTER_POLL_MS = 400;

const SOONEST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Milliseconds until the next poll of the exporter should be done. `serverMs` is the exporter's clock in whole seconds, so
 * that it does not matter what this browser's clock says.
 */
export function waitAfterAnswer(
  { taken_at_seconds: takenAt, interval_seconds: interval }: Overview,
  serverMs: number,
  isNew: boolean,
): number {
  const intervalMs = interval * 1000;
  // The poll takes longer than was expected: it is looked at some times more in each interval.
  if (!isNew) return Math.max(SOONEST_MS, intervalMs / 5);
  const ageMs = Number.isNaN(serverMs) ? 0 : serverMs - takenAt * 1000;
  const waitMs = intervalMs - ageMs + AFTER_POLL_MS;
  return Math.min(Math.max(waitMs, SOONEST_MS), intervalMs + AFTER_POLL_MS);
}

/** Longer after each failure, and not the same for all viewers. */
export function waitAfterFailure(failures: number, random = Math.random()): number {
  return Math.min(LONGEST_MS, 1000 * 2 ** Math.min(failures - 1, 10)) * (0.75 + random / 2);
}
