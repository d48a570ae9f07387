import type { FiringAlert, EvaluatedPool, Evaluation } from '../alerts/evaluator.ts';
import type { Rule } from '../alerts/rules.ts';
import type { Selection } from '../alerts/shortlist.ts';
import type { AlertSnapshot, AlertsSnapshot } from './snapshot.ts';
import { describePool } from './describe-pool.ts';
import type { NamespacePools } from '../scan/namespace-pools.ts';

/**
 * Writes what fires, what changed at this poll, and the thresholds it was judged by. Endpoints that are
 * not exported are only counted: there can be thousands.
 */
export function describeAlerts(
  scanned: readonly NamespacePools[],
  evaluation: Evaluation,
  { exported }: Selection,
  { rules, limitAtRisk }: { readonly rules: readonly Rule[]; readonly limitAtRisk: number },
): AlertsSnapshot {
  const spaces = new Map(scanned.map(({ reading: { namespace } }) => [namespace.id, namespace]));
  const bind = bindPools(evaluation, exported, limitAtRisk);
  const shown = new Map([...exported, ...bind].map((pool) => [pool.usage, pool]));
  const describe = ({ usage, alert, severity }: FiringAlert): readonly AlertSnapshot[] => {
    const pool = shown.get(usage);
    const identity = spaces.get(usage.namespaceId)?.identity;
    if (pool === undefined || identity === undefined) return [];
    return [{ alert, severity, identity, pool: describePool(pool) }];
  };
  const transitions = evaluation.transitions.flatMap((transition) => {
    const { change, threshold, lastedSeconds } = transition;
    return describe(transition).map((alert) => ({ ...alert, change, threshold, lastedSeconds }));
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
 * The `bind` pools at risk, or just out of it. Each namespace with one has series of its own, so they share
 * the room of the endpoints at risk, where those leave any.
 */
function bindPools(
  { pools, transitions }: Evaluation,
  exported: readonly EvaluatedPool[],
  limitAtRisk: number,
): readonly EvaluatedPool[] {
  const changed = new Set(transitions.map(({ usage }) => usage));
  const shown = new Set(exported.map(({ usage }) => usage.namespaceId));
  let room = Math.max(1, limitAtRisk - exported.length);
  return pools.filter(({ usage, riskLevel }) => {
    if (usage.kind !== 'bind' || (riskLevel === 0 && !changed.has(usage))) return false;
    if (shown.has(usage.namespaceId)) return true;
    if (room === 0) return false;
    room -= 1;
    shown.add(usage.namespaceId);
    return true;
  });
}
