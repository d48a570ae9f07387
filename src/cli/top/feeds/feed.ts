import type { Overview } from '../../../answers/overview/overview.ts';

/** Where overviews come from. */
export interface Feed {
  /** `the daemon at http://127.0.0.1:9065`; what stands behind "From". */
  readonly source: string;
  /**
   * The next overview, as soon as it is there. Rejects with `DaemonError` or `PollError` where there is none; it may then be
   * asked for again, and waits as long as it has to.
   */
  readonly next: () => Promise<Overview>;
  /** Ends what polls; false where that does not end. */
  readonly close: () => Promise<boolean>;
}

/** A poll of our own failed; the next one may be better. */
export class PollError extends Error {
  override readonly name = 'PollError';
}
