import type { Trend } from '../history/trend.ts';
import { kindOf } from '../pools/kinds.ts';
import { firstPassRatio, type PoolUsage, usageRatio } from '../pools/pool.ts';
import type { PoolAlert } from '../pools/pool-kind.ts';

export type Severity = 'info' | 'warning' | 'critical';

/** 0 ok, 1 info, 2 warning, 3 critical. */
export type RiskLevel = 0 | 1 | 2 | 3;

export const RISK_LEVELS: Readonly<Record<Severity, RiskLevel>> = {
  info: 1,
  warning: 2,
  critical: 3,
};

/** Thresholds of one alert by severity, and how long they must be crossed, in seconds. */
export interface AlertSettings {
  readonly info?: number;
  readonly warning?: number;
  readonly critical?: number;
  readonly for: number;
  /** Only pools that use at least this much of their capacity. */
  readonly min_usage_ratio?: number;
}

/** `alerts` in the configuration. */
export type AlertsOptions = Readonly<Record<AlertName, AlertSettings>>;

export type AlertName = PoolAlert;

/** What an alert compares with its thresholds. */
type Quantity = 'usage_ratio' | 'first_pass_ratio' | 'time_to_exhaustion_seconds' | 'failures';

const UNITS: Readonly<Record<Quantity, 'ratio' | 'seconds' | 'count'>> = {
  usage_ratio: 'ratio',
  first_pass_ratio: 'ratio',
  time_to_exhaustion_seconds: 'seconds',
  failures: 'count',
};

/** What each alert compares; the table of kinds says for which pools. */
const QUANTITIES: Readonly<Record<AlertName, Quantity>> = {
  EphemeralPortsExhaustion: 'usage_ratio',
  EphemeralPortsSlowConnect: 'first_pass_ratio',
  EphemeralPortsForecast: 'time_to_exhaustion_seconds',
  EphemeralPortsConnectFailing: 'failures',
  EphemeralPortsUdpExhaustion: 'usage_ratio',
  EphemeralPortsBindExhaustion: 'usage_ratio',
  EphemeralPortsBindFailing: 'failures',
  EphemeralPortsRangeBlocked: 'usage_ratio',
};

/** One alert at one severity, ready to be evaluated. */
export interface Rule {
  /** Unique among the rules of a configuration: alert and severity. */
  readonly id: string;
  readonly alert: AlertName;
  readonly severity: Severity;
  /** Ratios and counts cross the threshold upwards, seconds downwards. */
  readonly unit: 'ratio' | 'seconds' | 'count';
  readonly quantity: Quantity;
  readonly threshold: number;
  readonly holdSeconds: number;
  /** Only pools that use at least this much of their capacity. */
  readonly minUsageRatio: number;
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** The rules of a configuration: one for each alert and severity that has a threshold. */
export function buildRules(options: AlertsOptions): readonly Rule[] {
  return (Object.keys(QUANTITIES) as AlertName[]).flatMap((alert) =>
    SEVERITIES.flatMap((severity) => {
      const threshold = options[alert][severity];
      return threshold === undefined ? [] : [rule(alert, severity, threshold, options[alert])];
    }),
  );
}

function rule(
  alert: AlertName,
  severity: Severity,
  threshold: number,
  settings: AlertSettings,
): Rule {
  const quantity = QUANTITIES[alert];
  return {
    id: `${alert} ${severity}`,
    alert,
    severity,
    unit: UNITS[quantity],
    quantity,
    threshold,
    holdSeconds: settings.for,
    minUsageRatio: settings.min_usage_ratio ?? 0,
  };
}

/** What the rule compares with its threshold; undefined where it does not apply to the pool. */
export function valueOf(
  rule: Rule,
  usage: PoolUsage,
  trend: Trend | undefined,
): number | undefined {
  const { quantity } = rule;
  const ratio = usageRatio(usage);
  if (!appliesTo(rule, usage) || ratio < rule.minUsageRatio) return undefined;
  if (quantity === 'failures') return usage.failures?.lastMinute;
  if (quantity === 'usage_ratio') return ratio;
  if (quantity === 'time_to_exhaustion_seconds') return trend?.timeToExhaustionSeconds;
  return usage.firstPass === undefined ? undefined : firstPassRatio(usage.firstPass);
}

/** Whether the rule looks at pools like this one. */
export function appliesTo(rule: Rule, usage: PoolUsage): boolean {
  const { alerts, isAlerted } = kindOf(usage.kind);
  return alerts.includes(rule.alert) && isAlerted?.(rule, usage) !== false;
}

/** The two ratios of a pool by which most pools are told from those for which a rule may be crossed. */
export interface PoolRatios {
  readonly usage: number;
  readonly firstPass: number;
}

/**
 * The lowest ratios at which a rule may be crossed by a pool of a kind with `alerts`; infinite where none
 * can. Where only a forecast tells, that is the usage ratio from which it counts.
 */
export function lowestThresholds(rules: readonly Rule[], alerts: readonly AlertName[]): PoolRatios {
  const own = rules.filter(({ alert }) => alerts.includes(alert));
  const lowest = (quantity: Quantity, value: (rule: Rule) => number): number =>
    Math.min(...own.filter((rule) => rule.quantity === quantity).map(value));
  return {
    usage: Math.min(
      lowest('usage_ratio', ({ threshold }) => threshold),
      lowest('time_to_exhaustion_seconds', ({ minUsageRatio }) => minUsageRatio),
    ),
    firstPass: lowest('first_pass_ratio', ({ threshold }) => threshold),
  };
}

/**
 * Below this share of a ratio or count, and above this multiple of seconds, an alert may clear. Part of the contract
 * (src/alerts/README.md).
 */
const CLEAR_RATIO = 0.9;
const CLEAR_SECONDS = 1.25;

/** Whether `value` is at or beyond the threshold. */
export function isCrossed({ unit, threshold }: Rule, value: number | undefined): boolean {
  if (value === undefined) return false;
  return unit === 'seconds' ? value <= threshold : value >= threshold;
}

/** Whether `value` is far enough from the threshold that a firing alert may clear. */
export function isBelowClearThreshold(
  { unit, threshold }: Rule,
  value: number | undefined,
): boolean {
  if (value === undefined) return true;
  return unit === 'seconds' ? value > CLEAR_SECONDS * threshold : value < CLEAR_RATIO * threshold;
}
