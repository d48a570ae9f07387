import { MAX_ALIKE, MAX_INCIDENTS } from './bounds.ts';
import type { Incident } from './incident.ts';

/** The incidents that are kept, bounded in number; no namespace takes the places of those that have fewer. */
export class IncidentList {
  /** By id; the one that began first comes first. */
  readonly #incidents = new Map<string, Incident>();

  /** Those that last. */
  get open(): readonly Incident[] {
    return [...this.#incidents.values()].filter(isOpen);
  }

  /** All, the one that began last first. */
  get newestFirst(): readonly Incident[] {
    return [...this.#incidents.values()].toReversed();
  }

  /** The one of this key that ended last. */
  lastEnded(key: string): Incident | undefined {
    return this.newestFirst
      .filter((each) => each.key === key && !isOpen(each))
      .toSorted((a, b) => (b.ended_at_seconds ?? 0) - (a.ended_at_seconds ?? 0))[0];
  }

  /** Replaces the one that has the same id. */
  replace(incident: Incident): void {
    this.#incidents.set(incident.id, incident);
  }

  remove(id: string): void {
    this.#incidents.delete(id);
  }

  /** False where there is no place for it. */
  add(incident: Incident): boolean {
    this.#dropAlike(incident.key);
    if (this.#incidents.size >= MAX_INCIDENTS && !this.#makeRoom(placeOf(incident))) return false;
    this.#incidents.set(incident.id, incident);
    return true;
  }

  #dropAlike(key: string): void {
    const ended = [...this.#incidents.values()].filter((each) => each.key === key && !isOpen(each));
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MAX_ALIKE + 1))) {
      this.#incidents.delete(id);
    }
  }

  /** Drops the oldest of the network namespace that has most, one that has ended where there is one. */
  #makeRoom(place: string): boolean {
    const [most, own] = this.#fullestPlace(place);
    const isOwn = most.length <= own.length;
    const crowd = isOwn ? own : most;
    const dropped = crowd.find((each) => !isOpen(each)) ?? (isOwn ? undefined : crowd[0]);
    return dropped !== undefined && this.#incidents.delete(dropped.id);
  }

  #fullestPlace(place: string): readonly [readonly Incident[], readonly Incident[]] {
    const places = new Map<string, Incident[]>([[place, []]]);
    for (const each of this.#incidents.values()) {
      places.set(placeOf(each), [...(places.get(placeOf(each)) ?? []), each]);
    }
    const [most = []] = [...places.values()].toSorted((a, b) => b.length - a.length);
    return [most, places.get(place) ?? []];
  }
}

function isOpen({ ended_at_seconds: ended }: Incident): boolean {
  return ended === null;
}

function placeOf({ namespace }: Incident): string {
  return namespace.netns;
}
