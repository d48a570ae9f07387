import { isCrossed, type Rule, valueOf } from '../../alerts/rules.ts';
import type { Trend } from '../../history/trend.ts';
import { poolId, type PoolUsage } from '../../pools/pool.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';
import { duration } from '../words.ts';

/** By what it is judged whether an endpoint is in trouble. */
export interface Judgement {
  readonly rules: readonly Rule[];
  /** Undefined where nothing is known of the past. */
  readonly trendOf: (pool: PoolUsage) => Trend | undefined;
}

/** For who judges nothing. */
export const NO_JUDGEMENT: Judgement = { rules: [], trendOf: () => undefined };

/** Alerts that say that ports run out, not that connect() is slow. */
const RUNNING_OUT: readonly string[] = [
  'EphemeralPortsExhaustion',
  'EphemeralPortsForecast',
  'EphemeralPortsConnectFailing',
] satisfies readonly Rule['alert'][];

/** What makes "ports are left" half of the truth, as a clause, and whether connect() is known to have failed. */
export interface NearlyNone {
  readonly clause: string;
  readonly hasFailed: boolean;
}

/** Of a history in which the endpoint had no port left. */
export const WAS_NONE: NearlyNone = {
  clause:
    'none was left at an earlier poll: connect() failed then, with EADDRNOTAVAIL ("Cannot assign requested address"), and may again as others take them',
  hasFailed: true,
};

/** Of an alert that fires, which proves no failure. */
export const MAY_FAIL: NearlyNone = {
  clause:
    'connect() fails with EADDRNOTAVAIL ("Cannot assign requested address") whenever others have taken them',
  hasFailed: false,
};

/**
 * Whether connect() fails from time to time, or is about to, though ports are left now; undefined where it does not. An alert counts
 * before its hold has passed: who asks does not want to wait for it.
 */
export function nearlyNone(
  pool: PoolUsage,
  { alerts: { firing } }: Pick<SnapshotDetails, 'alerts'>,
  { rules, trendOf }: Judgement,
): NearlyNone | undefined {
  const refused = pool.failures?.lastMinute ?? 0;
  if (refused > 0) return refusedLately(refused);
  const trend = trendOf(pool);
  if ((trend?.peakRatio ?? 0) >= 1) return WAS_NONE;
  const crossed = rules.filter(
    (rule) => saysRunningOut(rule) && isCrossed(rule, valueOf(rule, pool, trend)),
  );
  const id = poolId(pool);
  const fires = firing.some((alert) => saysRunningOut(alert) && poolId(alert.pool) === id);
  return fires || crossed.length > 0 ? mayFail(crossed, trend) : undefined;
}

function saysRunningOut({ alert, severity }: Pick<Rule, 'alert' | 'severity'>): boolean {
  return severity !== 'info' && RUNNING_OUT.includes(alert);
}

function mayFail(crossed: readonly Rule[], trend: Trend | undefined): NearlyNone {
  const left = trend?.timeToExhaustionSeconds;
  const isForecast = crossed.some(({ alert }) => alert === 'EphemeralPortsForecast');
  if (!isForecast || left === undefined) return MAY_FAIL;
  return {
    ...MAY_FAIL,
    clause: `none in about ${duration(left)} at this rate; ${MAY_FAIL.clause}`,
  };
}

function refusedLately(calls: number): NearlyNone {
  const were = calls === 1 ? '1 call was' : `${calls} calls were`;
  return {
    clause: `connect() fails from time to time as others take them: ${were} refused in the last minute, with EADDRNOTAVAIL ("Cannot assign requested address")`,
    hasFailed: true,
  };
}

/** Whether the rule about a slow connect() applies to the pool, whatever its hold. */
export function isSlow(pool: PoolUsage, { rules }: Judgement): boolean {
  return rules.some(
    (rule) =>
      rule.alert === 'EphemeralPortsSlowConnect' && isCrossed(rule, valueOf(rule, pool, undefined)),
  );
}
