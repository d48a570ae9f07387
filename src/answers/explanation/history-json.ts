import type { Trend } from '../../history/trend.ts';
import { type HeldSample, heldSample } from '../held-sample.ts';

/** The past of an endpoint for programs: what its history shows of the poll at `takenAtSeconds` of Unix time; null where it has none. */
export interface HistoryJson {
  readonly followed_seconds: number;
  readonly usage_ratio_peak: number;
  readonly held_per_second: number | null;
  readonly heading_for_exhaustion: boolean | null;
  readonly time_to_exhaustion_seconds?: number;
  readonly opens: number;
  readonly samples: readonly HeldSample[];
}

/** `held` is what the endpoint holds at that poll. */
export function historyJson(
  trend: Trend | undefined,
  held: number,
  takenAtSeconds: number,
): HistoryJson | null {
  if (trend === undefined) return null;
  const { earlier, timeToExhaustionSeconds: left, past = [] } = trend;
  return {
    followed_seconds: rounded(trend.followedSeconds ?? 0),
    usage_ratio_peak: trend.peakRatio,
    held_per_second: earlier ? rounded((held - earlier.held) / earlier.secondsAgo) : null,
    heading_for_exhaustion: left === undefined ? null : Number.isFinite(left),
    ...(left !== undefined && Number.isFinite(left) && { time_to_exhaustion_seconds: left }),
    opens: trend.opens,
    samples: past.map((states) => heldSample(states, takenAtSeconds - states.secondsAgo)),
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
