import type { AlertSnapshot, Snapshot } from '../snapshot/snapshot.ts';
import { isOf } from './go-on.ts';
import type { EndOfIncident, Incident } from './incident.ts';

/** Why an incident ended whose cause is not critical any more at this poll. */
export function endOf(incident: Incident, { alerts }: Snapshot): EndOfIncident {
  const isOwn = (alert: AlertSnapshot): boolean =>
    alert.severity === 'critical' && isOf(incident, alert);
  if (alerts.firing.some(isOwn)) return 'joined_another';
  const ends = alerts.transitions.filter((each) => isOwn(each) && each.change !== 'fired');
  const [end] = ends.toSorted((a, b) => b.lastedSeconds - a.lastedSeconds);
  if (end === undefined) return 'not_shown';
  return end.reason ?? 'cleared';
}
