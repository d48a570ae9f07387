/** When the next poll is due. */
export interface NextTurn {
  readonly delayMs: number;
  /** Turns that have gone by while the last poll ran. */
  readonly skipped: number;
}

/**
 * Turns lie a fixed interval apart from the first on. One that passed during a poll is left out: polls
 * never pile up, and never drift.
 */
export function nextTurn(dueMs: number, intervalMs: number, nowMs: number): NextTurn {
  const passed = Math.max(1, Math.ceil((nowMs - dueMs) / intervalMs));
  return { delayMs: Math.max(0, dueMs + passed * intervalMs - nowMs), skipped: passed - 1 };
}
