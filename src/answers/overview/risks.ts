import type { EarlierStates } from '../../history/trend.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';
import type { PoolSnapshot } from '../../snapshot/snapshot.ts';
import { type DiagnosedCause, diagnosesOf } from '../diagnosis/diagnoses.ts';
import { effectText } from '../diagnosis/diagnosis-words.ts';
import type { Remedy } from '../diagnosis/remedy.ts';
import { heldProof } from '../explanation/proof.ts';
import { printable } from '../printable.ts';
import { nameOfPoolIn } from '../verdict-words.ts';
import { explain } from '../words.ts';
import type { RemedyRow, Risk } from './overview.ts';
import { STILL_PENDING } from './pending.ts';
import type { PoolRows } from './pool-row.ts';

/** The held ports of a pool over the history window, oldest first; empty where it is not followed. */
export type StatesOf = (pool: PoolSnapshot) => readonly EarlierStates[];

/** Samples of a sparkline. Chosen: it is drawn some 120 pixels, or 60 columns, wide. */
const MAX_HISTORY = 60;

/** What fires or waits for its hold, worst first: one for each cause. */
export function risksOf(
  details: SnapshotDetails,
  rows: PoolRows,
  statesOf: StatesOf,
): readonly Risk[] {
  return diagnosesOf(details).map((found) => riskOf(found, details, rows, statesOf));
}

function riskOf(
  { head, others, diagnosis }: DiagnosedCause,
  details: SnapshotDetails,
  rows: PoolRows,
  statesOf: StatesOf,
): Risk {
  const { alert, severity, identity, pool } = head;
  const isPending = details.pending.includes(head);
  const sentence = `${explain(alert, pool)}${isPending ? `; ${STILL_PENDING}` : ''}`;
  return {
    alert,
    severity,
    is_pending: isPending,
    sentence: printable(sentence),
    pool: rows.of(identity, pool),
    cause: diagnosis.cause.name,
    evidence: printable(diagnosis.cause.evidence),
    remedies: diagnosis.remedies.map(remedyRow),
    also: others.map((other) => printable(nameOfPoolIn(other.identity, other.pool))),
    history: thinned(statesOf(pool).map(({ held }) => held)),
    proof: proofOf(details, pool),
  };
}

function remedyRow(remedy: Remedy): RemedyRow {
  const { text, command = '', manifest = '', danger = '' } = remedy;
  return { text: printable(text), effect: effectText(remedy), command, manifest, danger };
}

/** Of each stretch the highest sample, so that a peak does not get lost. */
function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= MAX_HISTORY) return values;
  const from = (part: number): number => Math.floor((part * values.length) / MAX_HISTORY);
  return Array.from({ length: MAX_HISTORY }, (_, part) =>
    Math.max(...values.slice(from(part), from(part + 1))),
  );
}

function proofOf({ namespaces }: SnapshotDetails, pool: PoolSnapshot): string {
  const namespace = namespaces.find(({ id }) => id === pool.namespaceId);
  return namespace === undefined || pool.remoteAddress === ''
    ? ''
    : heldProof(pool, namespace.settings.range);
}
