import type { EvaluatedPool, Evaluation, FiringAlert, Transition } from '../alerts/evaluator.ts';
import { RISK_LEVELS, type RiskLevel, type Rule } from '../alerts/rules.ts';
import type { Selection } from '../alerts/shortlist.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import { kindOf } from '../pools/kinds.ts';
import { describePool, type OwnersOf } from './describe-pools.ts';
import type { AlertSnapshot, AlertsSnapshot, TransitionSnapshot } from './snapshot.ts';

/** What alerts are described with, beside the evaluation. */
export interface AlertsContext {
  readonly rules: readonly Rule[];
  readonly limitAtRisk: number;
  /** The identity of a namespace that is known, or was at the last poll. */
  readonly identityOf: (namespaceId: number) => NetnsIdentity | undefined;
  readonly ownersOf: OwnersOf;
}

/** Pools of which one poll tells the past, at most: the main thread receives all of it at once. Chosen. */
const MAX_PASTS = 20;

/**
 * Writes what fires, what changed at this poll, and the thresholds it was evaluated by. Endpoints that are
 * not exported are only counted: there can be thousands.
 */
export function describeAlerts(
  evaluation: Evaluation,
  { exported }: Selection,
  { rules, limitAtRisk, identityOf, ownersOf }: AlertsContext,
): AlertsSnapshot {
  const unexported = unexportedPools(evaluation, exported, limitAtRisk);
  const shown = new Map([...exported, ...unexported].map((pool) => [pool.usage, pool]));
  const ended = evaluation.transitions.filter(({ change }) => change === 'ended');
  for (const { usage, trend } of ended.slice(0, limitAtRisk)) {
    shown.set(usage, { usage, trend, riskLevel: 0 });
  }
  const describe = (firing: FiringAlert): readonly AlertSnapshot[] => {
    const { usage, alert, severity, ageSeconds = 0 } = firing;
    const pool = shown.get(usage);
    const identity = identityOf(usage.namespaceId);
    if (pool === undefined || identity === undefined) return [];
    return [{ alert, severity, identity, pool: describePool(pool, ownersOf), ageSeconds }];
  };
  let pasts = 0;
  const pastOf = (transition: Transition): Pick<TransitionSnapshot, 'past'> => {
    const { change, severity, trend } = transition;
    if (change !== 'fired' || severity !== 'critical' || pasts >= MAX_PASTS) return {};
    pasts += 1;
    return { past: trend?.past ?? [] };
  };
  const transitions = evaluation.transitions.flatMap((transition) => {
    const { change, reason, threshold, lastedSeconds } = transition;
    const rest = { change, reason, threshold, lastedSeconds, ...pastOf(transition) };
    return describe(transition).map((alert) => ({ ...alert, ...rest }));
  });
  return {
    firing: evaluation.firing.flatMap(describe),
    transitions,
    otherTransitions: evaluation.transitions.length - transitions.length,
    thresholds: rules.map(({ alert, severity, unit, threshold }) => {
      return { alert, severity, unit, threshold };
    }),
  };
}

/**
 * What waits for its hold, with the level that its pool is at then: the most severe first, `limitAtRisk` at most, as there can
 * be thousands.
 */
export function describePending(
  { pending }: Evaluation,
  { limitAtRisk, identityOf, ownersOf }: Omit<AlertsContext, 'rules'>,
): readonly AlertSnapshot[] {
  const levelOf = ({ severity }: FiringAlert): RiskLevel => RISK_LEVELS[severity];
  return pending
    .toSorted((a, b) => levelOf(b) - levelOf(a))
    .slice(0, limitAtRisk)
    .flatMap((each) => {
      const { alert, severity, usage, trend } = each;
      const identity = identityOf(usage.namespaceId);
      if (identity === undefined) return [];
      const pool = describePool({ usage, trend, riskLevel: levelOf(each) }, ownersOf);
      return [{ alert, severity, identity, pool, ageSeconds: 0 }];
    });
}

/**
 * The pools of kinds without endpoint series that are at risk, or just ceased to be. Each namespace of such a pool gets
 * namespace series, so their number is bounded: by what the exported endpoints leave of `limitAtRisk`.
 */
function unexportedPools(
  { pools, transitions }: Evaluation,
  exported: readonly EvaluatedPool[],
  limitAtRisk: number,
): readonly EvaluatedPool[] {
  const changed = new Set(transitions.map(({ usage }) => usage));
  const shown = new Set(exported.map(({ usage }) => usage.namespaceId));
  let left = Math.max(1, limitAtRisk - exported.length);
  return pools.filter(({ usage, riskLevel }) => {
    const isAtRisk = riskLevel > 0 || changed.has(usage);
    if (kindOf(usage.kind).isExported(usage) || !isAtRisk) return false;
    if (shown.has(usage.namespaceId)) return true;
    if (left === 0) return false;
    left -= 1;
    shown.add(usage.namespaceId);
    return true;
  });
}
