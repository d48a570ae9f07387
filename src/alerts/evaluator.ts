import type { Trend } from '../history/history.ts';
import { type Pool, type PoolUsage, poolId } from '../pools/pool.ts';
import { type HoldState, nextHold } from './hold.ts';
import {
  type AlertName,
  isBelowClearThreshold,
  isCrossed,
  RISK_LEVELS,
  type RiskLevel,
  type Rule,
  type Severity,
  valueOf,
} from './rules.ts';

/** One pool at one poll, with the trend of its history; undefined with `--once`. */
export interface Observation {
  readonly usage: PoolUsage;
  readonly trend: Trend | undefined;
}

/** A pool that every rule was evaluated for. */
export interface EvaluatedPool extends Observation {
  /** The highest severity that fires for it. */
  readonly riskLevel: RiskLevel;
}

/** An alert that fires for a pool. */
export interface FiringAlert extends Observation {
  readonly alert: AlertName;
  readonly severity: Severity;
}

/** An alert that began to fire, or ceased to, at this poll. */
export interface Transition extends FiringAlert {
  readonly change: 'fired' | 'cleared';
  readonly threshold: number;
  /** How long it fired; 0 for an alert that began. */
  readonly lastedSeconds: number;
}

export interface Evaluation {
  readonly pools: readonly EvaluatedPool[];
  readonly firing: readonly FiringAlert[];
  readonly transitions: readonly Transition[];
}

/** Of a pool for which no rule is pending or firing: nearly every one. */
const NO_STATES: ReadonlyMap<string, HoldState> = new Map();

/** Evaluates every rule for every pool, and keeps the states between polls. */
export class AlertEvaluator {
  #rules: readonly Rule[];
  /** By `poolId`, then by the rule's `id`. */
  #states = new Map<string, Map<string, HoldState>>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** Puts other rules in force; the states of alerts that still exist are kept. */
  replaceRules(rules: readonly Rule[]): void {
    this.#rules = rules;
  }

  /** Whether a rule was pending or firing for the pool at the last poll. */
  isPendingOrFiring(pool: Pool): boolean {
    return this.#states.has(poolId(pool));
  }

  /** Evaluates one poll. `nowSeconds` is monotonic. The alerts of a pool that is not observed any more end at once. */
  evaluate(observations: readonly Observation[], nowSeconds: number): Evaluation {
    const before = this.#states;
    this.#states = new Map();
    const transitions: Transition[] = [];
    const firing: FiringAlert[] = [];
    const pools = observations.map((observation) => {
      const states = before.get(poolId(observation.usage)) ?? NO_STATES;
      const alerts = this.#evaluatePool(observation, states, nowSeconds, transitions);
      firing.push(...alerts);
      return { ...observation, riskLevel: riskLevelOf(alerts) };
    });
    return { pools, firing, transitions };
  }

  #evaluatePool(
    observation: Observation,
    before: ReadonlyMap<string, HoldState>,
    nowSeconds: number,
    transitions: Transition[],
  ): FiringAlert[] {
    const states: [string, HoldState][] = [];
    const firing: FiringAlert[] = [];
    for (const rule of this.#rules) {
      const state = before.get(rule.id);
      const next = nextHold(state, readingOf(rule, observation, nowSeconds), rule.holdSeconds);
      if (state === undefined && next === undefined) continue;
      if (next !== undefined) states.push([rule.id, next]);
      const alert = { ...observation, alert: rule.alert, severity: rule.severity };
      if (next?.phase === 'firing') firing.push(alert);
      const change = changeOf(state, next, nowSeconds);
      if (change) transitions.push({ ...alert, ...change, threshold: rule.threshold });
    }
    if (states.length > 0) this.#states.set(poolId(observation.usage), new Map(states));
    return firing;
  }
}

function changeOf(
  state: HoldState,
  next: HoldState,
  nowSeconds: number,
): Pick<Transition, 'change' | 'lastedSeconds'> | undefined {
  const [fired, fires] = [state?.phase === 'firing', next?.phase === 'firing'];
  if (fired === fires) return undefined;
  if (fires) return { change: 'fired', lastedSeconds: 0 };
  return { change: 'cleared', lastedSeconds: nowSeconds - (state?.sinceSeconds ?? nowSeconds) };
}

function readingOf(
  rule: Rule,
  { usage, trend }: Observation,
  nowSeconds: number,
): Parameters<typeof nextHold>[1] {
  const value = valueOf(rule, usage, trend);
  return {
    nowSeconds,
    crossed: isCrossed(rule, value),
    belowClearThreshold: isBelowClearThreshold(rule, value),
  };
}

function riskLevelOf(alerts: readonly FiringAlert[]): RiskLevel {
  const levels = alerts.map(({ severity }) => RISK_LEVELS[severity]);
  return levels.reduce<RiskLevel>((highest, level) => (level > highest ? level : highest), 0);
}
