import type { SocketRow } from '../kernel/socket-row.ts';
import type { AskedPool, DuePool } from './batches.ts';
import type { CgroupGroups } from './groups.ts';
import type { OwnerGroup } from './owner.ts';
import { readRows } from './read-rows.ts';
import type { Sighting } from './sightings.ts';

/**
 * Reads the sockets of pools of one namespace in one pass; false where the namespace has gone. `nowMs` is monotonic.
 * Throws `KernelError`.
 */
export function readBatch(batch: readonly DuePool[], nowMs: number): boolean {
  const [first] = batch;
  if (first === undefined) return false;
  // Set first, so that pools that cannot be read do not keep others from their turn.
  for (const { asked } of batch) asked.triedMs = nowMs;
  const { namespace, settings } = first.reading;
  const begin = (): void => {
    for (const { asked } of batch) asked.sightings.begin();
  };
  const see = (row: SocketRow): void => {
    for (const { question, asked } of batch) if (question.matches(row)) asked.sightings.see(row);
  };
  begin();
  const questions = batch.map(({ question }) => question);
  const isThere = namespace.visit((view) => {
    readRows(view, settings.range, questions, see, begin);
    return true;
  });
  if (isThere !== true) return false;
  for (const { asked } of batch) {
    asked.sightings.finish();
    asked.atMs = nowMs;
  }
  return true;
}

/** Gives each socket what its cgroup belongs to, as far as that is known; `groups` look for the others. */
export function nameGroups(pools: Iterable<AskedPool>, groups: CgroupGroups, nowMs: number): void {
  const known = new Map<number, OwnerGroup | undefined>();
  for (const { sightings } of pools) {
    for (const sighting of sightings.all) {
      const { cgroupId } = sighting;
      if (cgroupId === undefined) continue;
      if (!known.has(cgroupId)) known.set(cgroupId, groups.groupOf(cgroupId, nowMs));
      sighting.group = known.get(cgroupId) ?? sighting.group;
    }
  }
}

/** The sockets of the pools that somebody has open. */
export function* openOf(pools: readonly AskedPool[]): Generator<Sighting> {
  for (const { sightings } of pools) {
    for (const sighting of sightings.all) if (sighting.isOpen) yield sighting;
  }
}
