import type { EvaluatedPool } from '../alerts/evaluator.ts';
import type { PoolSnapshot } from './snapshot.ts';

/** Writes one pool of the snapshot. */
export function describePool({ usage, trend, riskLevel }: EvaluatedPool): PoolSnapshot {
  return {
    ...usage,
    riskLevel,
    peakRatio: trend?.peakRatio,
    timeToExhaustionSeconds: trend?.timeToExhaustionSeconds,
  };
}
