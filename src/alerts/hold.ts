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
  readonly calmSinceSeconds: number | undefined;
}

/** How a poll looks to a rule. */
export interface Look {
  readonly nowSeconds: number;
  /** At or beyond the threshold. */
  readonly crossed: boolean;
  /** Far enough on the good side of it. */
  readonly calm: boolean;
}

/** A firing alert clears after this long calm, and not before it has fired this long. */
export const CALM_SECONDS = 60;
export const LEAST_FIRING_SECONDS = 120;

/**
 * The next state of a rule: it fires when the threshold was crossed for `holdSeconds` without a break, and
 * clears after a minute of calm, so that a value that jitters around the threshold fires once.
 */
export function nextHold(state: HoldState, look: Look, holdSeconds: number): HoldState {
  if (state?.phase === 'firing') return nextFiring(state, look);
  if (!look.crossed) return undefined;
  const sinceSeconds = state?.sinceSeconds ?? look.nowSeconds;
  if (look.nowSeconds - sinceSeconds < holdSeconds) return { phase: 'pending', sinceSeconds };
  return { phase: 'firing', sinceSeconds: look.nowSeconds, calmSinceSeconds: undefined };
}

function nextFiring(state: Firing, { nowSeconds, calm }: Look): HoldState {
  if (!calm) return { ...state, calmSinceSeconds: undefined };
  const calmSinceSeconds = state.calmSinceSeconds ?? nowSeconds;
  const mayClear =
    nowSeconds - calmSinceSeconds >= CALM_SECONDS &&
    nowSeconds - state.sinceSeconds >= LEAST_FIRING_SECONDS;
  return mayClear ? undefined : { ...state, calmSinceSeconds };
}
