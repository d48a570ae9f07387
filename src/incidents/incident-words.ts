import { ownerInWords } from '../answers/owner-words.ts';
import { printable } from '../answers/printable.ts';
import { duration, timeText } from '../answers/words.ts';
import type { EndOfIncident, Incident } from './incident.ts';

/** Incidents that are told: the last ones. The others are counted. */
const MAX_TOLD = 5;

const ENDS: Readonly<Record<EndOfIncident, string>> & Readonly<Partial<Record<string, string>>> = {
  cleared: '',
  namespace_gone: ', until its network namespace was gone',
  unreadable: ', until it could not be read any more',
  not_selected: ', until its network namespace was not looked at any more',
  not_followed: ', until fuller pools took its place',
  joined_another: ', until another pool turned out to be the cause',
  not_shown: ', until too many other pools were at risk',
  sampler_restarted: ', until the sampler was started again',
  exporter_restarted: ', until the exporter was started again',
};

/** What was critical before, the last one first; a line each. `nowSeconds` is Unix time. */
export function incidentLines(
  incidents: readonly Incident[],
  nowSeconds: number,
): readonly string[] {
  const told = incidents
    .slice(0, MAX_TOLD)
    .map((incident) => printable(incidentLine(incident, nowSeconds)));
  const more = incidents.length - told.length;
  return [...told, ...(more > 0 ? [`… and ${more} incidents before.`] : [])];
}

function incidentLine(incident: Incident, nowSeconds: number): string {
  const { cause, times, worst, began_at_seconds: began } = incident;
  const owners = worst.owners.map(
    ({ owner_kind: kind, owner: name, ports }) => `${ownerInWords({ kind, name })} (${ports})`,
  );
  const of = owners.length === 0 ? '' : `, held by ${owners.join(', ')}`;
  const often = times > 1 ? `, ${times} times` : '';
  return `Critical ${lasting(incident, nowSeconds)}${often}: cause ${cause}; at worst ${worst.available} of ${worst.capacity} ports left${of}. ${beganText(began)}`;
}

function lasting(
  { began_at_seconds: began, ended_at_seconds: ended, end_reason: reason }: Incident,
  nowSeconds: number,
): string {
  if (ended === null) return `for ${duration(nowSeconds - began)}, and still`;
  const end = ENDS[reason] ?? '';
  return `${duration(nowSeconds - began)} ago for ${duration(ended - began)}${end}`;
}

/** `(2026-11-27 00:10:21 UTC)`. */
function beganText(seconds: number): string {
  const text = timeText(seconds);
  return text === '' ? '' : `(${text})`;
}
