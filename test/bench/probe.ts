/** The variable that says what `daemon-probe.ts` is to tell. */
export const PROBE = 'BENCH_PROBE';

/** CPU time; or how long the main thread is held, for which it must be watched all the time. */
export type ProbeKind = 'cpu' | 'held';

/** What there is to tell of one poll. */
export interface PollProbe {
  /** User and system time of the whole process since the poll before, in milliseconds. */
  readonly cpuMs: number;
  /** The longest time that the main thread was held by what the poll brought it, in milliseconds. */
  readonly heldMs: number;
}
