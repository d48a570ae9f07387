/** Where a rule stands for one pool; undefined: neither crossed nor firing. */
export type HoldState = Pending | Firing | undefined;

interface Pending {
  readonly phase: 'pending';
  /** When the threshold was first crossed without a break. */
  readonly sinceSeconds: number;
}

interface Firing {
  readonly phase: 'firing';
  readonly sinceSeconds: number;
  /** Since when the value has been calm without a break. */
  readonly clearSinceSeconds: number | undefined;
}

/** How a poll looks to a rule. */
export interface RuleReading {
  readonly nowSeconds: number;
  /** At or beyond the threshold. */
  readonly crossed: boolean;
  /** Far enough on the good side of it. */
  readonly belowClearThreshold: boolean;
}

/** A firing alert clears after this long calm, and not before it has fired this long. */
export const CLEAR_AFTER_SECONDS = 60;
export const LEAST_FIRING_SECONDS = 120;

/**
 * The next state of a rule: it fires when the threshold was crossed for `holdSeconds` without a break, and
 * clears after a minute of calm, so that a value that jitters around the threshold fires once.
 */
export function nextHold(state: HoldState, reading: RuleReading, holdSeconds: number): HoldState {
  if (state?.phase === 'firing') return nextFiring(state, reading);
  if (!reading.crossed) return undefined;
  const sinceSeconds = state?.sinceSeconds ?? reading.nowSeconds;
  if (reading.nowSeconds - sinceSeconds < holdSeconds) return { phase: 'pending', sinceSeconds };
  return { phase: 'firing', sinceSeconds: reading.nowSeconds, clearSinceSeconds: undefined };
}

function nextFiring(state: Firing, { nowSeconds, belowClearThreshold }: RuleReading): HoldState {
  if (!belowClearThreshold) return { ...state, clearSinceSeconds: undefined };
  const clearSinceSeconds = state.clearSinceSeconds ?? nowSeconds;
  const mayClear =
    nowSeconds - clearSinceSeconds >= CLEAR_AFTER_SECONDS &&
    nowSeconds - state.sinceSeconds >= LEAST_FIRING_SECONDS;
  return mayClear ? undefined : { ...state, clearSinceSeconds };
}
