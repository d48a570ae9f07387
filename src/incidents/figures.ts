import { type HeldSample, heldSample } from '../answers/held-sample.ts';
import type { EarlierStates } from '../history/trend.ts';
import type { Pool, PoolUsage } from '../pools/pool.ts';
import type { OwnedPool } from '../snapshot/snapshot.ts';
import { boundedName } from './bounds.ts';
import type { Figures, IncidentFailures, IncidentPool } from './incident.ts';

/** Owners and processes that are kept of each poll, as many as a snapshot has. */
const MAX_NAMED = 3;

/** The numbers of a pool at one poll. `atSeconds` is Unix time. */
export function figuresOf(pool: OwnedPool, atSeconds: number): Figures {
  const { held, states, capacity, available, owners, failures } = pool;
  const { established, synSent, timeWait, closeWait } = states;
  return {
    ...heldSample({ held, established, synSent, timeWait, closeWait }, atSeconds),
    capacity,
    available,
    owners: (owners?.largest ?? []).slice(0, MAX_NAMED).map(({ kind, name, ports }) => {
      return { owner_kind: kind, owner: boundedName(name), ports };
    }),
    failures: failures === undefined ? null : failuresOf(failures),
  };
}

/** The past of a pool, which the poll at `takenAtSeconds` of Unix time told. */
export function pastOf(
  past: readonly EarlierStates[],
  takenAtSeconds: number,
): readonly HeldSample[] {
  return past.map((states) => heldSample(states, takenAtSeconds - states.secondsAgo));
}

/** The sample that the figures have. */
export function sampleOf(figures: Figures): HeldSample {
  const { at_seconds, held, established, syn_sent, time_wait, close_wait } = figures;
  return { at_seconds, held, established, syn_sent, time_wait, close_wait };
}

export function incidentPool(pool: Pool): IncidentPool {
  return {
    pool: pool.kind,
    protocol: pool.protocol,
    local_address: pool.localAddress,
    remote_address: pool.remoteAddress,
    remote_port: pool.remotePort,
  };
}

/** Whether both are numbers of the same pool, of one namespace. */
export function isSamePool(a: IncidentPool, b: IncidentPool): boolean {
  return (
    a.pool === b.pool &&
    a.local_address === b.local_address &&
    a.remote_address === b.remote_address &&
    a.remote_port === b.remote_port
  );
}

function failuresOf({
  total,
  lastMinute,
  processes,
}: NonNullable<PoolUsage['failures']>): IncidentFailures {
  return {
    total,
    last_minute: lastMinute,
    processes: processes.slice(0, MAX_NAMED).map(({ pid, command, failures }) => {
      return { pid, command: boundedName(command), failures };
    }),
  };
}
