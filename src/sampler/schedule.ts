/** When the next poll is due. */
export interface NextPoll {
  readonly delayMs: number;
  /** Polls that would have begun while the last poll ran. */
  readonly skipped: number;
}

/**
 * Polls begin a fixed interval apart from the first on. One that was due during another is left out: they
 * never pile up, and never drift.
 */
export function nextPoll(dueMs: number, intervalMs: number, nowMs: number): NextPoll {
  const passed = Math.max(1, Math.ceil((nowMs - dueMs) / intervalMs));
  return { delayMs: Math.max(0, dueMs + passed * intervalMs - nowMs), skipped: passed - 1 };
}
