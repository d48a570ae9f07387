/** Age in seconds from which what a good poll found is not shown any more: 3 intervals, 30 s at least. */
export function staleAfter(intervalSeconds: number): number {
  return Math.max(3 * intervalSeconds, 30);
}

/** When the next poll is due. */
export interface NextPoll {
  readonly delayMs: number;
  /** Polls that would have begun while the last poll ran. */
  readonly skipped: number;
}

/**
 * Polls are due at multiples of the interval after the first one, so that they do not drift. One that is due while another
 * runs is skipped, so that they do not pile up.
 */
export function nextPoll(dueMs: number, intervalMs: number, nowMs: number): NextPoll {
  const passed = Math.max(1, Math.ceil((nowMs - dueMs) / intervalMs));
  return { delayMs: Math.max(0, dueMs + passed * intervalMs - nowMs), skipped: passed - 1 };
}
