import type { Trend } from '../history/history.ts';
import { firstPassRatio, type PoolKind, type PoolUsage, usageRatio } from '../pools/pool.ts';

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

export type AlertName = keyof typeof READINGS;

/** One alert at one severity, ready to be judged. */
export interface Rule {
  /** Names it among all rules of a configuration. */
  readonly id: string;
  readonly alert: AlertName;
  readonly severity: Severity;
  readonly unit: 'ratio' | 'seconds';
  readonly threshold: number;
  readonly holdSeconds: number;
  /** What is compared with the threshold; undefined where the rule does not apply. */
  readonly read: (usage: PoolUsage, trend: Trend | undefined) => number | undefined;
}

interface Reading {
  readonly kinds: readonly PoolKind[];
  readonly unit: Rule['unit'];
  readonly value: (usage: PoolUsage, trend: Trend | undefined) => number | undefined;
}

/** What each alert looks at. Seconds are crossed from above, ratios from below. */
const READINGS = {
  EphemeralPortsExhaustion: { kinds: ['connect', 'sctp'], unit: 'ratio', value: usageRatio },
  EphemeralPortsSlowConnect: {
    kinds: ['connect'],
    unit: 'ratio',
    value: ({ firstPass }) => (firstPass === undefined ? undefined : firstPassRatio(firstPass)),
  },
  EphemeralPortsForecast: {
    kinds: ['connect', 'sctp'],
    unit: 'seconds',
    value: (_usage, trend) => trend?.timeToExhaustionSeconds,
  },
  EphemeralPortsUdpExhaustion: { kinds: ['udp'], unit: 'ratio', value: usageRatio },
  EphemeralPortsBindExhaustion: { kinds: ['bind'], unit: 'ratio', value: usageRatio },
} as const satisfies Readonly<Record<string, Reading>>;

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** The rules of a configuration: one for each alert and severity that has a threshold. */
export function buildRules(options: AlertsOptions): readonly Rule[] {
  return (Object.keys(READINGS) as AlertName[]).flatMap((alert) =>
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
  const { kinds, unit, value }: Reading = READINGS[alert];
  const floor = settings.min_usage_ratio ?? 0;
  const read: Rule['read'] = (usage, trend) =>
    kinds.includes(usage.kind) && usageRatio(usage) >= floor ? value(usage, trend) : undefined;
  const id = `${alert} ${severity}`;
  return { id, alert, severity, unit, threshold, holdSeconds: settings.for, read };
}

/** Below this share of a ratio, and above this multiple of seconds, an alert may clear. */
const CLEAR_RATIO = 0.9;
const CLEAR_SECONDS = 1.25;

/** Whether `value` is at or beyond the threshold. */
export function isCrossed({ unit, threshold }: Rule, value: number | undefined): boolean {
  if (value === undefined) return false;
  return unit === 'ratio' ? value >= threshold : value <= threshold;
}

/** Whether `value` is far enough from the threshold that a firing alert may clear. */
export function isBelowClearThreshold(
  { unit, threshold }: Rule,
  value: number | undefined,
): boolean {
  if (value === undefined) return true;
  return unit === 'ratio' ? value < CLEAR_RATIO * threshold : value > CLEAR_SECONDS * threshold;
}
