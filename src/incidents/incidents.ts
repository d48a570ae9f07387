import { type Cause, causesOf } from '../answers/causes.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { beginIncident } from './begin.ts';
import { SAME_SECONDS } from './bounds.ts';
import { endOf } from './end-reason.ts';
import { endIncident, goOn, isOf, resume } from './go-on.ts';
import type { EndOfIncident, Incident } from './incident.ts';
import { IncidentList } from './incident-list.ts';
import { isIn } from './namespace-figures.ts';

/** Grows with new fields; another number is another meaning of an old one. */
export const INCIDENTS_SCHEMA = 1;

/** What changed: an incident began or ended, or only numbers did. */
export type IncidentsChange = 'course' | 'numbers';

/**
 * The incidents of the exporter's life: one for each pool and cause that is critical. They are kept in the main thread, so that
 * they outlive a sampler's thread that dies.
 */
export class Incidents {
  readonly #list = new IncidentList();
  readonly #changed: (change: IncidentsChange) => void;
  /** Causes that were critical at the last poll and for which there was no place. */
  #omitted = 0;
  #count = 0;
  #json: Uint8Array | undefined;

  /** `changed` is called after each poll, and each other event, that changed something. */
  constructor(changed: (change: IncidentsChange) => void = () => undefined) {
    this.#changed = changed;
  }

  get newestFirst(): readonly Incident[] {
    return this.#list.newestFirst;
  }

  /** As `GET /api/v1/incidents` shows them; encoded once for each change. */
  json(): Uint8Array {
    const { newestFirst: incidents } = this.#list;
    const omitted = this.#omitted;
    this.#json ??= new TextEncoder().encode(
      JSON.stringify({ schema: INCIDENTS_SCHEMA, incidents, omitted }),
    );
    return this.#json;
  }

  /** Takes a poll in. */
  update(snapshot: Snapshot): void {
    const causes = causesOf(snapshot.alerts.firing).filter(
      ({ head }) => head.severity === 'critical',
    );
    const open = this.#list.open;
    if (causes.length + open.length + this.#omitted === 0) return;
    this.#omitted = 0;
    const seen = new Map<string, Cause>();
    let isCourse = false;
    for (const cause of causes) {
      const found = open.find((each) => isSame(each, cause) && !seen.has(each.id));
      if (found === undefined) isCourse = this.#begin(cause, snapshot) || isCourse;
      else {
        seen.set(found.id, cause);
        this.#list.replace(goOn(found, cause, snapshot));
      }
    }
    for (const incident of open.filter(({ id }) => !seen.has(id))) {
      isCourse = true;
      const reason = endOf(incident, snapshot);
      this.#list.replace(endIncident(incident, reason, snapshot.takenAtSeconds));
    }
    this.#note(isCourse ? 'course' : 'numbers');
  }

  /** Ends all that last, because the thread that followed their pools has died. `nowSeconds` is Unix time. */
  samplerDied(nowSeconds: number): void {
    this.#endAll('sampler_restarted', nowSeconds);
  }

  /** Puts those of an earlier life before all others. What lasted then goes on where it is still critical. */
  restore(earlier: readonly Incident[]): void {
    const own = this.#list.newestFirst.toReversed();
    for (const incident of own) this.#list.remove(incident.id);
    const ids = new Set(own.map(({ id }) => id));
    for (const incident of earlier) if (!ids.has(incident.id)) this.#list.add(cutOff(incident));
    for (const incident of own) this.#list.add(incident);
    this.#json = undefined;
    if (own.length > 0) this.#note('course');
  }

  #begin(cause: Cause, snapshot: Snapshot): boolean {
    const now = snapshot.takenAtSeconds;
    const last = this.#list.lastEnded(cause.key);
    if (last !== undefined && isSoon(last, now) && isOf(last, cause.head)) {
      this.#list.replace(goOn(resume(last), cause, snapshot));
      return true;
    }
    this.#count += 1;
    const id = `${Math.round(now * 1000).toString(36)}-${this.#count}`;
    const isAdded = this.#list.add(beginIncident(id, cause, snapshot));
    if (!isAdded) this.#omitted += 1;
    return isAdded;
  }

  #endAll(reason: EndOfIncident, nowSeconds: number): void {
    const open = this.#list.open;
    for (const incident of open) this.#list.replace(endIncident(incident, reason, nowSeconds));
    if (open.length > 0) this.#note('course');
  }

  #note(change: IncidentsChange): void {
    this.#json = undefined;
    this.#changed(change);
  }
}

/** By its cause; or by its pool, where it has turned out to have another cause than at first. */
function isSame(incident: Incident, { key, head, others }: Cause): boolean {
  if (!isIn(incident, head)) return false;
  return incident.key === key || [head, ...others].some((alert) => isOf(incident, alert));
}

function isSoon({ ended_at_seconds: ended, end_reason: reason }: Incident, now: number): boolean {
  return reason !== 'namespace_gone' && now - (ended ?? now) <= SAME_SECONDS;
}

/** One that lasted when the exporter ended: when it really ended nobody knows. */
function cutOff(incident: Incident): Incident {
  if (incident.ended_at_seconds !== null) return incident;
  return endIncident(incident, 'exporter_restarted', incident.latest.at_seconds);
}
