/** The variable that says what `daemon-probe.ts` is to tell. */
export const PROBE = 'BENCH_PROBE';

/** CPU time; or how long the main thread is held, for which it must be watched all the time. */
export type ProbeKind = 'cpu' | 'held';

/** For how long the event loop did not come round, in milliseconds. */
export interface Held {
  /** CPU time of the main thread alone: what else the machine does is not in it. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** What there is to tell of one poll. */
export interface PollProbe {
  /** User and system time of the whole process since the poll before, in milliseconds. */
  readonly cpuMs: number;
  /** The longest time that the main thread was held by what the poll brought it. */
  readonly held: Held;
}
