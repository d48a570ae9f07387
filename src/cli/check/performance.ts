import { appliesTo, type Rule, type Severity } from '../../alerts/rules.ts';
import { nameOfPoolIn, type PlacedPool, poolsByUsage } from '../../answers/verdict-words.ts';
import type { Verdict } from '../../answers/verdict.ts';
import { type PoolUsage, usageRatio } from '../../pools/pool.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';
import type { PerformanceValue } from './plugin-output.ts';

/** The performance data: used ports of the fullest pools with a threshold, then what is the same at each check. */
export function performanceOf(
  details: SnapshotDetails,
  { causes }: Verdict,
  rules: readonly Rule[],
): readonly PerformanceValue[] {
  const pools = poolsByUsage(details);
  const worst = pools.flatMap((placed) => poolValue(placed, rules));
  const alerts = causes.flatMap(({ head, others }) => [head, ...others]);
  const count = (severity: Severity): number =>
    alerts.filter((alert) => alert.severity === severity).length;
  const share = pools[0] === undefined ? 0 : usageRatio(pools[0].pool);
  return [
    ...worst.slice(0, MAX_POOLS),
    { label: 'worst_usage', value: Math.floor(share * 1000) / 10, unit: '%', min: 0, max: 100 },
    { label: 'pools_warning', value: count('warning'), min: 0 },
    { label: 'pools_critical', value: count('critical'), min: 0 },
  ];
}

/** Chosen: as many curves as a graph can show. */
const MAX_POOLS = 5;

/** None for a pool that no threshold of a warning or worse looks at. */
function poolValue(
  { identity, pool }: PlacedPool,
  rules: readonly Rule[],
): readonly PerformanceValue[] {
  const own = rules.filter(
    (rule) => rule.quantity === 'usage_ratio' && rule.severity !== 'info' && appliesTo(rule, pool),
  );
  if (own.length === 0) return [];
  const above = (severity: Severity): number | undefined => {
    const rule = own.find((each) => each.severity === severity);
    return rule && lastBelow(rule.threshold, pool);
  };
  return [
    {
      label: nameOfPoolIn(identity, pool),
      value: pool.capacity - pool.available,
      warning: above('warning'),
      critical: above('critical'),
      min: 0,
      max: pool.capacity,
    },
  ];
}

/** The most used ports with which the alert does not fire: a plugin's threshold is what must not be exceeded. */
function lastBelow(threshold: number, { capacity }: PoolUsage): number {
  let used = Math.ceil(threshold * capacity);
  while (used >= 0 && usageRatio({ capacity, available: capacity - used }) >= threshold) used -= 1;
  return used;
}
