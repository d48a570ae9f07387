import { identityJson } from '../../snapshot/encode-identity.ts';
import type { PoolOwners } from '../../owners/owner.ts';
import { diagnosisJson } from '../diagnosis/diagnoses.ts';
import type { Calculation, LoadLimits } from './calculation.ts';
import type { WhatIf } from './explain-all.ts';
import type { Explanation } from './explanation.ts';
import { heldProof, listenersProof, PROOFS } from './proof.ts';

/** Grows with new fields; another number is another meaning of an old one. */
const SCHEMA = 1;

/** Explanations for programs: of `explain --json`, and of `GET /api/v1/explain`, which knows the past of each too. */
export function explanationsJson(
  explained: readonly {
    readonly explanation: Explanation;
    readonly whatIf: WhatIf | undefined;
  }[],
  historyOf?: (explanation: Explanation) => object | null,
): object {
  return {
    schema: SCHEMA,
    endpoints: explained.map(({ explanation, whatIf }) => ({
      ...explanationJson(explanation, whatIf),
      ...(historyOf && { history: historyOf(explanation) }),
    })),
  };
}

/** An explanation for programs, field by field as src/cli/README.md describes them; null means "not known". */
function explanationJson(explanation: Explanation, whatIf: WhatIf | undefined): object {
  const { question, namespace, pool, outcome, isSlow, calculation } = explanation;
  const { returns, limits, diagnosis } = explanation;
  const { range } = namespace.settings;
  return {
    ...identityJson(namespace.identity),
    local_address: pool?.localAddress ?? question.from ?? '',
    remote_address: question.to,
    remote_port: question.port,
    outcome: outcome.kind,
    sentence: outcome.sentence,
    slow: isSlow,
    look_at: outcome.lookAt,
    not_looked_at: outcome.notLookedAt,
    calculation: calculationJson(calculation),
    proofs: {
      range: PROOFS.range,
      reserved: PROOFS.reserved,
      listeners: listenersProof(range),
      held: pool === undefined ? null : heldProof(pool, range),
    },
    ...ownersJson(pool?.owners),
    returning: returns.map(({ withinSeconds, ports }) => ({
      within_seconds: withinSeconds,
      ports,
    })),
    limits: limitsJson(limits),
    diagnosis: diagnosis === undefined ? null : diagnosisJson(diagnosis),
    ...(whatIf !== undefined && { what_if: whatIfJson(whatIf) }),
  };
}

function ownersJson(owners: PoolOwners | undefined): object {
  return {
    owners: (owners?.largest ?? []).map(({ kind, name, ports }) => {
      return { owner_kind: kind, owner: name, ports };
    }),
    owners_unfinished: owners?.isUnfinished ?? false,
  };
}

function whatIfJson({ calculation, limits }: WhatIf): object {
  return { ...calculationJson(calculation), limits: limitsJson(limits) };
}

function limitsJson({ atOnce, quick, perSecond, isReused }: LoadLimits): object {
  return { at_once: atOnce, quick, per_second: perSecond, time_wait_reused: isReused };
}

function calculationJson(calculation: Calculation): object {
  const { range, reserved, blocked, capacity, held, bound, reusable, available } = calculation;
  return {
    range,
    reserved: reserved ?? null,
    blocked,
    capacity,
    held,
    bound,
    reusable,
    held_by_others: calculation.heldByOthers,
    available,
  };
}
