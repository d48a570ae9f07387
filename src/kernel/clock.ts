/** The time as a parameter, so that tests can step through minutes. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  readonly monotonicMs: () => number;
  /** Unix time in seconds. */
  readonly unixSeconds: () => number;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => performance.now(),
  unixSeconds: () => Date.now() / 1000,
};
