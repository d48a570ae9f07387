/** What the time is: a parameter, so that tests step through minutes. */
export interface Clock {
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  readonly monotonicMs: () => number;
  /** Unix time in seconds. */
  readonly unixSeconds: () => number;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => performance.now(),
  unixSeconds: () => Date.now() / 1000,
};
