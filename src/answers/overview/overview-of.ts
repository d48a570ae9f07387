import { kindOf } from '../../pools/kinds.ts';
import { byIdentity, usageRatio } from '../../pools/pool.ts';
import type { NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import type { OwnedPool } from '../../snapshot/snapshot.ts';
import { healthOf } from './health.ts';
import { namespaceRows } from './namespace-rows.ts';
import type { Overview } from './overview.ts';
import { withPending } from './pending.ts';
import { type NameOf, PoolRows } from './pool-row.ts';
import { portRows } from './port-rows.ts';
import { risksOf, type StatesOf } from './risks.ts';

/** Endpoints in an overview. Chosen: more than anybody scrolls through; a filter looks through them all. */
const MAX_ENDPOINTS = 5000;

/** What is known beside the details of the poll. */
export interface OverviewContext {
  readonly intervalSeconds: number;
  readonly nameOf: NameOf;
  /** Undefined: as many as an overview has. */
  readonly maxEndpoints?: number | undefined;
  readonly statesOf: StatesOf;
}

interface Placed {
  readonly namespace: NamespaceDetails;
  readonly pool: OwnedPool;
}

/** What page and `top` show of a poll. */
export function overviewOf(polled: SnapshotDetails, context: OverviewContext): Overview {
  const details = withPending(polled);
  const rows = new PoolRows(details, context.nameOf);
  const pools = details.namespaces.flatMap(poolsIn);
  const endpoints = pools.filter(({ pool }) => !isShared(pool)).toSorted(byFullness);
  const shared = pools.filter(({ pool }) => isShared(pool) && isWorthARow(pool));
  const rowOf = ({ namespace, pool }: Placed) => rows.of(namespace.identity, pool);
  const listed = endpoints.slice(0, context.maxEndpoints ?? MAX_ENDPOINTS);
  return {
    schema: 1,
    taken_at_seconds: details.takenAtSeconds,
    interval_seconds: context.intervalSeconds,
    health: healthOf(details),
    risks: risksOf(details, rows, context.statesOf),
    endpoints: listed.map(rowOf),
    omitted_endpoints: Math.max(0, aliveIn(details) - listed.length),
    shared: shared.toSorted(byFullness).map(rowOf),
    namespaces: namespaceRows(details),
    ports: portRows(details),
  };
}

function poolsIn(namespace: NamespaceDetails): readonly Placed[] {
  return [...namespace.fullest.values()].flat().map((pool) => ({ namespace, pool }));
}

function isShared({ kind }: OwnedPool): boolean {
  return kindOf(kind).isShared;
}

/** Each namespace has these pools; those of which nothing is taken say nothing. */
function isWorthARow(pool: OwnedPool): boolean {
  return pool.held > 0 || pool.available < pool.capacity;
}

function byFullness(a: Placed, b: Placed): number {
  return (
    usageRatio(b.pool) - usageRatio(a.pool) ||
    b.pool.held - a.pool.held ||
    byIdentity(a.pool, b.pool)
  );
}

/** Endpoints that hold a port, or did within the history window. */
function aliveIn({ namespaces }: SnapshotDetails): number {
  const connect = namespaces.flatMap(({ kinds }) =>
    kinds.filter(({ kind }) => !kindOf(kind).isShared),
  );
  return connect.reduce((sum, { alive }) => sum + alive, 0);
}
