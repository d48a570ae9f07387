import type { HeldSample } from '../answers/held-sample.ts';
import type { Cause } from '../answers/causes.ts';
import type { AlertSnapshot, Snapshot } from '../snapshot/snapshot.ts';
import { criticalAlertsOf, diagnosisOf } from './begin.ts';
import { MAX_LATER_SAMPLES, MAX_OTHERS } from './bounds.ts';
import { figuresOf, incidentPool, isSamePool, sampleOf } from './figures.ts';
import type { EndOfIncident, Figures, Incident } from './incident.ts';
import { isIn } from './namespace-figures.ts';

/** The incident with what one more poll shows of its cause. */
export function goOn(incident: Incident, cause: Cause, snapshot: Snapshot): Incident {
  const own = [cause.head, ...cause.others].find((alert) => isOf(incident, alert));
  const others = cause.others.map(({ pool }) => incidentPool(pool));
  const next = { ...incident, key: cause.key, also_in_trouble: joined(incident, others) };
  // Of one that could not be read there are only the last numbers once more.
  if (own === undefined || own.ageSeconds > 0) return next;
  const figures = figuresOf(own.pool, snapshot.takenAtSeconds);
  return {
    ...next,
    ...(incident.cause === 'unknown' && diagnosisOf(own, snapshot)),
    alerts: [...new Set([...incident.alerts, ...criticalAlertsOf(snapshot, own)])],
    first: withOwners(incident.first, figures),
    worst: isWorse(figures, incident.worst) ? figures : withOwners(incident.worst, figures),
    latest: figures,
    samples: withSample(incident, sampleOf(figures)),
  };
}

/** The incident as one that has ended. */
export function endIncident(
  incident: Incident,
  reason: EndOfIncident,
  nowSeconds: number,
): Incident {
  return { ...incident, ended_at_seconds: nowSeconds, end_reason: reason };
}

/** The incident as one that lasts again. */
export function resume(incident: Incident): Incident {
  const wasCut = incident.end_reason.endsWith('_restarted');
  const times = incident.times + (wasCut ? 0 : 1);
  return { ...incident, ended_at_seconds: null, end_reason: '', times };
}

/** Whether the alert is that of the pool of which the incident has the numbers. */
export function isOf(incident: Incident, alert: AlertSnapshot): boolean {
  return isIn(incident, alert) && isSamePool(incidentPool(alert.pool), incident.pool);
}

/** Less left, as a share; of equal ones more refused calls, then more held. */
function isWorse(a: Figures, b: Figures): boolean {
  const left = ({ available, capacity }: Figures): number =>
    capacity === 0 ? 0 : available / capacity;
  const refused = ({ failures }: Figures): number => failures?.last_minute ?? 0;
  return (left(b) - left(a) || refused(a) - refused(b) || a.held - b.held) > 0;
}

/** Who holds ports is often known only after a poll or two. */
function withOwners(figures: Figures, { owners }: Figures): Figures {
  return figures.owners.length === 0 && owners.length > 0 ? { ...figures, owners } : figures;
}

function joined(
  { also_in_trouble: known, pool }: Incident,
  others: Incident['also_in_trouble'],
): Incident['also_in_trouble'] {
  const isKnown = (other: Incident['pool']): boolean =>
    [pool, ...known].some((each) => isSamePool(each, other));
  if (known.length >= MAX_OTHERS) return known;
  return [...known, ...others.filter((other) => !isKnown(other))].slice(0, MAX_OTHERS);
}

/**
 * Samples are taken the more rarely the longer it lasts, and every other one is dropped where there are too many, so that all
 * of the time stays in sight. Those from before the incident stay.
 */
function withSample(
  { samples, began_at_seconds: began }: Incident,
  next: HeldSample,
): readonly HeldSample[] {
  const last = samples.at(-1)?.at_seconds ?? began;
  const gap = (next.at_seconds - began) / MAX_LATER_SAMPLES;
  if (next.at_seconds <= last || next.at_seconds - last < gap) return samples;
  const before = samples.filter(({ at_seconds }) => at_seconds <= began);
  const later = [...samples.filter(({ at_seconds }) => at_seconds > began), next];
  const kept =
    later.length <= MAX_LATER_SAMPLES ? later : later.filter((_, index) => index % 2 === 1);
  return [...before, ...kept];
}
