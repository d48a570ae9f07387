import type { EvaluatedPool } from '../alerts/evaluator.ts';
import type { Observed } from '../alerts/observer.ts';
import type { Selection } from '../alerts/shortlist.ts';
import { scoreOf } from '../alerts/followed-pools.ts';
import { kindOf } from '../pools/kinds.ts';
import type { PoolOwners } from '../owners/owner.ts';
import type { PoolUsage } from '../pools/pool.ts';
import type { PoolView } from '../pools/pool-view.ts';
import { TopScores } from '../pools/tables/top-scores.ts';
import type { KindSnapshot, PoolSnapshot, SharedPoolSnapshot } from './snapshot.ts';

/** Who holds the ports of a pool; undefined where nothing is known of that. */
export type OwnersOf = (pool: PoolUsage) => PoolOwners | undefined;

/** Describes one pool. */
export function describePool(
  { usage, trend, riskLevel }: EvaluatedPool,
  ownersOf: OwnersOf,
): PoolSnapshot {
  return {
    ...usage,
    owners: ownersOf(usage),
    riskLevel,
    peakRatio: trend?.peakRatio,
    timeToExhaustionSeconds: trend?.timeToExhaustionSeconds,
    earlier: riskLevel > 0 ? trend?.earlier : undefined,
    opens: kindOf(usage.kind).countsOpens ? trend?.opens : undefined,
  };
}

/** The selected pools of one namespace. */
export interface NamespaceSelection extends Selection {
  readonly id: number;
  readonly idle: Observed['idle'];
  readonly ownersOf: OwnersOf;
}

/** Describes the pools of one kind in one namespace. */
export function describeKind(view: PoolView, selection: NamespaceSelection): KindSnapshot {
  const { protocol, isShared } = kindOf(view.kind);
  const isOfKind = ({ usage }: EvaluatedPool): boolean => usage.kind === view.kind;
  const exported = selection.exported
    .filter(isOfKind)
    .map((pool) => describePool(pool, selection.ownersOf));
  // Of a shared pool that holds nothing, only its series say that it did.
  const idle = isShared
    ? exported.filter(({ held }) => held === 0).length
    : selection.idle(selection.id, view.kind);
  return {
    kind: view.kind,
    protocol,
    inUse: view.inUse || exported.length > 0,
    capacity: view.capacity,
    blocked: view.blocked,
    worstUsageRatio: view.worstUsageRatio,
    alive: view.holding + idle,
    held: view.held,
    exported,
    omittedAtRisk: selection.omittedAtRisk.filter(isOfKind).length,
    shared: isShared ? allOf(view).map(describeShared) : [],
  };
}

/** The `count` fullest pools that hold a port, fullest first. */
export function fullestOf(view: PoolView, count: number): readonly PoolUsage[] {
  const fullest = new TopScores(Math.min(count, view.size));
  for (let index = 0; index < view.size; index += 1) {
    const held = view.heldAt(index);
    if (held > 0) fullest.offer(scoreOf(shareAt(view, index), held), index, 0);
  }
  const usages: PoolUsage[] = [];
  fullest.forEach((index) => usages.push(view.usageAt(index)));
  return usages;
}

/** The share that a pool takes of what is to be had: of its capacity, or of the range where a `bind()` owns its ports. */
function shareAt(view: PoolView, index: number): number {
  const { capacity, blocked } = view;
  const bound = capacity + blocked === 0 ? 1 : view.boundAt(index) / (capacity + blocked);
  return Math.max(bound, capacity === 0 ? 0 : view.takenAt(index) / capacity);
}

/** All pools of a kind that a namespace shares. */
export function allOf(view: PoolView): readonly PoolUsage[] {
  return Array.from({ length: view.size }, (_, index) => view.usageAt(index));
}

function describeShared({
  family,
  localAddress,
  capacity,
  available,
}: PoolUsage): SharedPoolSnapshot {
  return { family, localAddress, capacity, available };
}
