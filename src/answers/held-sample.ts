import type { HeldStates } from '../history/trend.ts';

/** Held ports by socket state at one poll, as every answer of the API has them. */
export interface HeldSample {
  /** Unix time. */
  readonly at_seconds: number;
  readonly held: number;
  readonly established: number;
  readonly syn_sent: number;
  readonly time_wait: number;
  readonly close_wait: number;
}

/** `atSeconds` is Unix time. */
export function heldSample(states: HeldStates, atSeconds: number): HeldSample {
  return {
    at_seconds: Math.round(atSeconds * 1000) / 1000,
    held: states.held,
    established: states.established,
    syn_sent: states.synSent,
    time_wait: states.timeWait,
    close_wait: states.closeWait,
  };
}
