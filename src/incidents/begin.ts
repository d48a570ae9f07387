import type { Cause } from '../answers/causes.ts';
import { diagnosisJson, type DiagnosisJson } from '../answers/diagnosis/diagnoses.ts';
import { diagnose } from '../answers/diagnosis/diagnosis.ts';
import { surroundingsOf } from '../answers/diagnosis/surroundings.ts';
import type { AlertSnapshot, Snapshot } from '../snapshot/snapshot.ts';
import { bounded, MAX_OTHERS } from './bounds.ts';
import { figuresOf, incidentPool, isSamePool, pastOf, sampleOf } from './figures.ts';
import type { Figures, Incident } from './incident.ts';
import { namespaceFigures } from './namespace-figures.ts';

/** A command or manifest longer than this is left out: cut, it would do something else. Chosen. */
const MAX_COMMAND = 2000;

/** The incident that begins with a poll. */
export function beginIncident(id: string, cause: Cause, snapshot: Snapshot): Incident {
  const { takenAtSeconds } = snapshot;
  const { key, head, others } = cause;
  const figures = figuresOf(head.pool, takenAtSeconds);
  return {
    id,
    began_at_seconds: takenAtSeconds,
    ended_at_seconds: null,
    end_reason: '',
    times: 1,
    key,
    alerts: criticalAlertsOf(snapshot, head),
    namespace: namespaceFigures(head, snapshot),
    pool: incidentPool(head.pool),
    ...diagnosisOf(head, snapshot),
    also_in_trouble: others.slice(0, MAX_OTHERS).map(({ pool }) => incidentPool(pool)),
    first: figures,
    worst: figures,
    latest: figures,
    samples: samplesBefore(head, snapshot, figures),
  };
}

/** Why the pool of an alert runs out, as far as the snapshot tells. */
export function diagnosisOf({ pool }: AlertSnapshot, snapshot: Snapshot): DiagnosisJson {
  const found = diagnosisJson(diagnose(pool, surroundingsOf(snapshot, pool.namespaceId)));
  return {
    cause: found.cause,
    evidence: bounded(found.evidence),
    remedies: found.remedies.map(({ command = '', manifest = '', ...rest }) => ({
      ...rest,
      ...(isKept(command) && { command }),
      ...(isKept(manifest) && { manifest }),
    })),
  };
}

function isKept(text: string): boolean {
  return text !== '' && text.length <= MAX_COMMAND;
}

/** The names of the critical alerts that fire for the pool of `alert`. */
export function criticalAlertsOf({ alerts }: Snapshot, { pool }: AlertSnapshot): readonly string[] {
  const isOwn = (other: AlertSnapshot): boolean =>
    other.severity === 'critical' &&
    other.pool.namespaceId === pool.namespaceId &&
    isSamePool(incidentPool(other.pool), incidentPool(pool));
  return alerts.firing.filter(isOwn).map(({ alert }) => alert);
}

/** The past that came with the beginning of one of the pool's alerts; else what this poll found. */
function samplesBefore(
  head: AlertSnapshot,
  { alerts, takenAtSeconds }: Snapshot,
  figures: Figures,
): Incident['samples'] {
  const told = alerts.transitions.find(
    ({ pool, past = [] }) =>
      past.length > 0 &&
      pool.namespaceId === head.pool.namespaceId &&
      isSamePool(incidentPool(pool), incidentPool(head.pool)),
  );
  return told?.past === undefined ? [sampleOf(figures)] : pastOf(told.past, takenAtSeconds);
}
