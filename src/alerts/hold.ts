/** The state of a rule for one pool; undefined: neither crossed nor firing. Times are monotonic seconds. */
export type HoldState = Pending | Firing | undefined;

interface Pending {
  readonly phase: 'pending';
  /** When the threshold was first crossed without a break. */
  readonly sinceSeconds: number;
}

interface Firing {
  readonly phase: 'firing';
  readonly sinceSeconds: number;
  /** Since when the value has been below the clear threshold without a break; undefined while it is not. */
  readonly clearSinceSeconds: number | undefined;
}

/** The value of one poll as a rule sees it. */
export interface RuleReading {
  readonly nowSeconds: number;
  /** Whether the value is at or beyond the threshold. */
  readonly crossed: boolean;
  /** Whether it is so far from the threshold that a firing alert may clear. */
  readonly belowClearThreshold: boolean;
}

/**
 * A firing alert clears after this long below the clear threshold, and not before it has fired for this long. Part of the
 * contract (src/alerts/README.md).
 */
export const CLEAR_AFTER_SECONDS = 60;
export const MIN_FIRING_SECONDS = 120;

/**
 * The next state of a rule: it fires when the threshold was crossed for `holdSeconds` without a break, and clears after
 * a minute below the clear threshold, so that a value that jitters around the threshold fires once.
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
    nowSeconds - state.sinceSeconds >= MIN_FIRING_SECONDS;
  return mayClear ? undefined : { ...state, clearSinceSeconds };
}
