import type { NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import type { OwnedPool } from '../../snapshot/snapshot.ts';
import { diagnose, type Diagnosis } from '../diagnosis/diagnosis.ts';
import { surroundingsOf } from '../diagnosis/surroundings.ts';
import {
  type Calculation,
  calculationOf,
  type LoadLimits,
  loadLimitsOf,
  type Return,
  returnsOf,
} from './calculation.ts';
import type { EndpointQuestion } from './endpoint-question.ts';
import { isSlow, type Judgement, nearlyNone, NO_JUDGEMENT } from './nearly-none.ts';
import { type LocalAddresses, type Outcome, outcomeOf } from './outcome.ts';

/** Everything about one endpoint of one namespace, or about a destination nobody there talks to. */
export interface Explanation {
  readonly question: EndpointQuestion;
  readonly namespace: NamespaceDetails;
  /** Undefined where nothing is held towards the destination. */
  readonly pool: OwnedPool | undefined;
  readonly calculation: Calculation;
  readonly outcome: Outcome;
  /** Whether connect() scans half of the range in vain each time, or nearly so. */
  readonly isSlow: boolean;
  readonly returns: readonly Return[];
  readonly limits: LoadLimits;
  /** Of a pool for which an alert would fire. */
  readonly diagnosis: Diagnosis | undefined;
}

/** A namespace, and where they are known its addresses. */
export interface ExplainedNamespace {
  readonly namespace: NamespaceDetails;
  readonly local: LocalAddresses | undefined;
}

/**
 * The endpoints of the namespace that are meant, the fullest first; where nothing is held towards the destination, what a
 * first connection would meet.
 */
export function explainEndpoint(
  question: EndpointQuestion,
  details: SnapshotDetails,
  { namespace, local }: ExplainedNamespace,
  judgement: Judgement = NO_JUDGEMENT,
): readonly Explanation[] {
  const pools = (namespace.fullest.get('connect') ?? []).filter((pool) => isMeant(pool, question));
  const meant: readonly (OwnedPool | undefined)[] = pools.length === 0 ? [undefined] : pools;
  return meant.map((pool) => {
    const calculation = calculationOf(namespace, pool);
    return {
      question,
      namespace,
      pool,
      calculation,
      outcome: outcomeOf({
        question,
        calculation,
        namespace,
        local,
        nearly: pool && nearlyNone(pool, details, judgement),
      }),
      isSlow: pool !== undefined && isSlow(pool, judgement),
      returns: returnsOf(pool),
      limits: loadLimitsOf(namespace, question),
      diagnosis: diagnosisOf(details, pool),
    };
  });
}

function isMeant(pool: OwnedPool, { from, to, port }: EndpointQuestion): boolean {
  return (
    pool.remoteAddress === to &&
    pool.remotePort === port &&
    (from === undefined || pool.localAddress === from)
  );
}

function diagnosisOf(details: SnapshotDetails, pool: OwnedPool | undefined): Diagnosis | undefined {
  const isAtRisk = ({ pool: other }: SnapshotDetails['alerts']['firing'][number]): boolean =>
    other.namespaceId === pool?.namespaceId &&
    other.kind === pool.kind &&
    other.localAddress === pool.localAddress &&
    other.remoteAddress === pool.remoteAddress &&
    other.remotePort === pool.remotePort;
  if (pool === undefined || !details.alerts.firing.some(isAtRisk)) return undefined;
  return diagnose(pool, surroundingsOf(details, pool.namespaceId));
}
