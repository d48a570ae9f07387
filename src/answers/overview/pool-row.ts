import { HOST, type NetnsIdentity } from '../../kernel/netns/netns.ts';
import { firstPassRatio, poolId, usageRatio } from '../../pools/pool.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';
import type { OwnedPool, PoolSnapshot } from '../../snapshot/snapshot.ts';
import { destinationsText } from '../destination-words.ts';
import { ownersCell } from '../owner-words.ts';
import { printable } from '../printable.ts';
import { nameOf, nameOfNamespace } from '../words.ts';
import type { PoolRow } from './overview.ts';

/** What the configuration calls a remote end; empty where it has no name for it. */
export type NameOf = (address: string, port: number) => string;

/** Makes the rows of one poll's pools. */
export class PoolRows {
  readonly #nameOf: NameOf;
  /** The pools of which more is known than usage: those with series, and those that fire. */
  readonly #judged: ReadonlyMap<string, PoolSnapshot>;

  constructor({ namespaces, alerts }: SnapshotDetails, nameOf: NameOf) {
    this.#nameOf = nameOf;
    const exported = namespaces.flatMap(({ kinds }) => kinds.flatMap((kind) => kind.exported));
    const judged = [...exported, ...alerts.firing.map(({ pool }) => pool)];
    // Of a pool whose alerts differ in level, the highest stays.
    const byLevel = judged.toSorted((a, b) => a.riskLevel - b.riskLevel);
    this.#judged = new Map(byLevel.map((pool) => [poolId(pool), pool]));
  }

  of(identity: NetnsIdentity, pool: OwnedPool): PoolRow {
    const { kind, protocol, localAddress, remoteAddress, remotePort, states } = pool;
    const judged = this.#judged.get(poolId(pool));
    return {
      id: rowId(identity, pool),
      netns: identity.netns,
      namespace: nameOfNamespace(identity),
      pool: kind,
      protocol,
      name: nameOf(pool),
      local_address: localAddress,
      remote_address: remoteAddress,
      remote_port: remotePort,
      remote_name: printable(this.#nameOf(remoteAddress, remotePort)),
      destinations: destinationsText(pool.destinations ?? []),
      owner: ownersCell(judged?.owners ?? pool.owners),
      capacity: pool.capacity,
      held: pool.held,
      bound: pool.bound,
      blocked: pool.blocked,
      reusable: pool.reusable,
      available: pool.available,
      usage_ratio: usageRatio(pool),
      first_pass_ratio: pool.firstPass === undefined ? null : firstPassRatio(pool.firstPass),
      established: states.established,
      syn_sent: states.synSent,
      close_wait: states.closeWait,
      time_wait: states.timeWait,
      other: states.other,
      ...refusedCalls(pool),
      risk_level: judged?.riskLevel ?? 0,
      time_left_seconds: secondsLeft(judged),
    };
  }
}

function refusedCalls({ failures }: OwnedPool): Pick<PoolRow, 'refused' | 'refused_last_minute'> {
  return { refused: failures?.total ?? null, refused_last_minute: failures?.lastMinute ?? null };
}

/** Infinite while it is not heading for its end; JSON has no such number. */
function secondsLeft(judged: PoolSnapshot | undefined): number | null {
  const seconds = judged?.timeToExhaustionSeconds ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(seconds) ? seconds : null;
}

/** For links: it outlives the exporter's own number of a namespace, which a restart gives anew. */
function rowId({ netns }: NetnsIdentity, pool: OwnedPool): string {
  const { kind, protocol, localAddress, remoteAddress, remotePort } = pool;
  const end = remoteAddress === '' ? [] : [remoteAddress, remotePort];
  return [netns === '' ? HOST : netns, kind, protocol, localAddress, ...end].join('/');
}
