import { kindOf } from '../pools/kinds.ts';
import type { OwnerShare, PoolOwners } from '../owners/owner.ts';
import { poolFailuresJson } from './encode-failures.ts';
import type { Destination } from '../pools/pool.ts';
import type { KindSnapshot, OwnedPool, PoolSnapshot } from './snapshot.ts';

/** The pools of a kind, with the fullest of them. */
export function kindJson(kind: KindSnapshot, fullest: readonly OwnedPool[]): object {
  return {
    pool: kind.kind,
    protocol: kind.protocol,
    in_use: kind.inUse,
    capacity: kind.capacity,
    blocked: kind.blocked,
    worst_usage_ratio: kind.worstUsageRatio,
    alive: kind.alive,
    held: kind.held,
    exported: kind.exported.map(judgedPoolJson),
    omitted_at_risk: kind.omittedAtRisk,
    fullest: fullest.map(poolJson),
  };
}

function poolJson(usage: OwnedPool): object {
  const { states, firstPass } = usage;
  return {
    pool: usage.kind,
    protocol: usage.protocol,
    family: usage.family,
    local_address: usage.localAddress,
    remote_address: usage.remoteAddress,
    remote_port: usage.remotePort,
    capacity: usage.capacity,
    held: usage.held,
    bound: usage.bound,
    reusable: usage.reusable,
    available: usage.available,
    sockets: {
      established: states.established,
      syn_sent: states.synSent,
      time_wait: states.timeWait,
      close_wait: states.closeWait,
      other: states.other,
    },
    returning: usage.returning,
    ...(usage.destinations && { destinations: usage.destinations.map(destinationJson) }),
    ...poolFailuresJson(usage.failures),
    owners: usage.owners === undefined ? null : ownersJson(usage.owners),
    ...(firstPass && { first_pass_size: firstPass.size, first_pass_taken: firstPass.taken }),
  };
}

function destinationJson({ remoteAddress, remotePort, sockets }: Destination): object {
  return { remote_address: remoteAddress, remote_port: remotePort, sockets };
}

function ownersJson({ ageSeconds, ports, largest }: PoolOwners): object {
  return { age_seconds: ageSeconds, ports, largest: largest.map(ownerShareJson) };
}

function ownerShareJson(share: OwnerShare): object {
  const { kind, name, ports, remembered, uid, group, pids } = share;
  return {
    owner_kind: kind,
    owner: name,
    ports,
    remembered,
    uid: uid ?? null,
    ...(group && { [group.kind]: group.name }),
    ...(group?.podUid && { pod_uid: group.podUid }),
    ...(group?.containerId && { container_id: group.containerId }),
    pids,
  };
}

/** JSON has no infinity: the seconds are there only while the pool is heading for its end. */
export function judgedPoolJson(pool: PoolSnapshot): object {
  const seconds = pool.timeToExhaustionSeconds;
  return {
    ...poolJson(pool),
    risk_level: pool.riskLevel,
    usage_ratio_peak: pool.peakRatio ?? null,
    heading_for_exhaustion: seconds === undefined ? null : Number.isFinite(seconds),
    ...(Number.isFinite(seconds) && { time_to_exhaustion_seconds: seconds }),
    ...(kindOf(pool.kind).countsOpens && { opens: pool.opens ?? null }),
  };
}
