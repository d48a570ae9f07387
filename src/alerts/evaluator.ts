import type { Trend } from '../history/trend.ts';
import { type Pool, type PoolUsage, poolId } from '../pools/pool.ts';
import { type HoldState, nextHold, type RuleReading } from './hold.ts';
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
  /** How old the numbers are where the pool could not be read at this poll; else absent. */
  readonly ageSeconds?: number;
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

/**
 * Why an alert ended without being cleared: its namespace is gone, it or the pool's part could not be read for too long,
 * it is not to be looked at any more, or other pools took the place of this one.
 */
export type EndReason = 'namespace_gone' | 'unreadable' | 'not_selected' | 'not_followed';

/** An alert that began to fire, or ceased to, at this poll. */
export interface Transition extends FiringAlert {
  /** `ended`: nothing is known of the pool any more; its numbers are the last ones. */
  readonly change: 'fired' | 'cleared' | 'ended';
  /** Only of one that ended. */
  readonly reason?: EndReason;
  readonly threshold: number;
  /** How long it fired; 0 for an alert that began. */
  readonly lastedSeconds: number;
}

export interface Evaluation {
  readonly pools: readonly EvaluatedPool[];
  readonly firing: readonly FiringAlert[];
  /** Alerts whose threshold is crossed, not yet for their hold, of pools for which nothing as severe fires. */
  readonly pending: readonly FiringAlert[];
  readonly transitions: readonly Transition[];
}

/** The states of a pool's rules, by their `id`, and what was last seen of it. */
interface PoolState {
  readonly rules: ReadonlyMap<string, HoldState>;
  readonly last: Observation;
}

/** Of a pool for which no rule is pending or firing: nearly every one. */
const NO_STATES: ReadonlyMap<string, HoldState> = new Map();

/** Tells why nothing is known of a pool any more. */
export type EndReasons = (pool: Pool) => EndReason;

/** Evaluates every rule for every pool, and keeps the states between polls. */
export class AlertEvaluator {
  #rules: readonly Rule[];
  /** By `poolId`. */
  #states = new Map<string, PoolState>();

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

  /**
   * Evaluates one poll. `nowSeconds` is monotonic. The alerts of a pool that could not be read stay as they are; those of
   * one that is not observed any more end at once, for the reason that `reasonOf` tells.
   */
  evaluate(
    observations: readonly Observation[],
    nowSeconds: number,
    reasonOf: EndReasons = () => 'not_followed',
  ): Evaluation {
    const before = this.#states;
    this.#states = new Map();
    const transitions: Transition[] = [];
    const firing: FiringAlert[] = [];
    const pending: FiringAlert[] = [];
    const pools = observations.map((observation) => {
      const id = poolId(observation.usage);
      const state = before.get(id);
      before.delete(id);
      const alerts =
        observation.ageSeconds === undefined
          ? this.#evaluatePool(observation, state?.rules ?? NO_STATES, nowSeconds, transitions)
          : this.#keep(observation, state);
      firing.push(...alerts);
      const riskLevel = riskLevelOf(alerts);
      const rules = this.#states.get(id)?.rules;
      if (rules !== undefined) pending.push(...this.#pendingOf(observation, rules, riskLevel));
      return { ...observation, riskLevel };
    });
    for (const state of before.values()) {
      transitions.push(...this.#ended(state, nowSeconds, reasonOf));
    }
    return { pools, firing, pending, transitions };
  }

  /** Those of the pool that wait for their hold and say more than what fires; none of one that is not known now. */
  #pendingOf(
    observation: Observation,
    rules: PoolState['rules'],
    riskLevel: RiskLevel,
  ): readonly FiringAlert[] {
    if (observation.ageSeconds !== undefined) return [];
    return this.#rules
      .filter(({ id, severity }) => {
        return rules.get(id)?.phase === 'pending' && RISK_LEVELS[severity] > riskLevel;
      })
      .map(({ alert, severity }) => ({ ...observation, alert, severity }));
  }

  /** A pool of which nothing is known now: its alerts go on, and none begins. */
  #keep(observation: Observation, state: PoolState | undefined): readonly FiringAlert[] {
    if (state === undefined) return [];
    this.#states.set(poolId(observation.usage), state);
    return this.#firingOf(state.rules).map(({ alert, severity }) => {
      return { ...observation, alert, severity };
    });
  }

  /** The ends of the alerts of a pool of which nothing will be known. */
  #ended(
    { rules, last }: PoolState,
    nowSeconds: number,
    reasonOf: EndReasons,
  ): readonly Transition[] {
    return this.#firingOf(rules).map(({ id, alert, severity, threshold }) => {
      const lastedSeconds = nowSeconds - (rules.get(id)?.sinceSeconds ?? nowSeconds);
      const reason = reasonOf(last.usage);
      return { ...last, alert, severity, threshold, change: 'ended', reason, lastedSeconds };
    });
  }

  #firingOf(states: ReadonlyMap<string, HoldState>): readonly Rule[] {
    return this.#rules.filter(({ id }) => states.get(id)?.phase === 'firing');
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
    if (states.length > 0) {
      const last = firing.length > 0 ? lasting(observation) : observation;
      this.#states.set(poolId(observation.usage), { rules: new Map(states), last });
    }
    return firing;
  }
}

/** The same, with a trend that does not change with the history. */
function lasting({ usage, trend }: Observation): Observation {
  if (trend === undefined) return { usage, trend };
  const { peakRatio, timeToExhaustionSeconds, earlier, opens } = trend;
  return { usage, trend: { peakRatio, timeToExhaustionSeconds, earlier, opens } };
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

function readingOf(rule: Rule, { usage, trend }: Observation, nowSeconds: number): RuleReading {
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
