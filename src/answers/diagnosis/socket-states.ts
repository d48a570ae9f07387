import { usageRatio } from '../../pools/pool.ts';
import type { Cause, CauseName, JudgedPool, Surroundings } from './cause.ts';
import { churnOf } from './churn.ts';

/** Of what a pool has gained in the last minute, so much must be in CLOSE_WAIT for a leak. Chosen: the greater part. */
const LEAKED_SHARE = 0.5;
/** Below this share of what is taken, sockets in CLOSE_WAIT are what any busy program has. Chosen, not measured. */
const LEAK_BEGINS = 0.1;
/** A pool that opens so much of its capacity within a minute, and closes less, is said to leak. Chosen, not measured. */
const GROWING_SHARE = 0.02;
/**
 * A range of fewer ports is narrow whatever the load: the 100 connections that a PostgreSQL server allows by default
 * (`max_connections`) take all that connect() tries first.
 */
const NARROW = 200;
/** The usage below which an endpoint is slow rather than near its end: the `warning` of EphemeralPortsExhaustion by default. */
const NEAR_ITS_END = 0.7;

type State = 'established' | 'synSent' | 'timeWait' | 'closeWait' | 'other';

/** Why an endpoint runs out by its own connections: what their states say, and how those changed. */
export function stateCause(pool: JudgedPool, surroundings: Surroundings): Cause {
  if (isLeakOfClosed(pool)) return leakOfClosed(pool);
  switch (largestState(pool)) {
    case 'synSent':
      return unanswered(pool, surroundings);
    case 'timeWait':
    case 'other':
      return churn(pool, surroundings);
    case 'closeWait':
      return leakOfClosed(pool);
    case 'established':
      return manyOpen(pool, surroundings);
  }
}

/** Taken ports by state: a TIME_WAIT that can be reused takes nothing. */
function largestState({ states, reusable }: JudgedPool): State {
  const taken = { ...states, timeWait: Math.max(0, states.timeWait - reusable) };
  const names = Object.keys(taken) as State[];
  return names.reduce((most, name) => (taken[name] > taken[most] ? name : most), 'established');
}

/** Whether CLOSE_WAITs make up most of what the pool has gained. */
function isLeakOfClosed({ states, held, earlier }: JudgedPool): boolean {
  if (earlier === undefined || states.closeWait < LEAK_BEGINS * held) return false;
  const gained = held - earlier.held;
  const leaked = states.closeWait - earlier.closeWait;
  return leaked > 0 && leaked >= LEAKED_SHARE * gained;
}

function leakOfClosed({ states, held, earlier }: JudgedPool): Cause {
  const gained = earlier && states.closeWait - earlier.closeWait;
  const since = earlier === undefined || gained === undefined ? '' : sinceText(gained, earlier);
  return cause(
    'connection_leak',
    `${states.closeWait} of ${held} sockets are in CLOSE_WAIT${since}: the remote end has closed them, the program has not`,
  );
}

function sinceText(gained: number, { secondsAgo }: { readonly secondsAgo: number }): string {
  return gained > 0 ? `, ${gained} more than ${Math.round(secondsAgo)} s ago` : '';
}

/** Where the node's NAT refuses connections, their SYNs are dropped before they leave. */
function unanswered({ states, held }: JudgedPool, { natRefusals = 0 }: Surroundings): Cause {
  const waiting = `${states.synSent} of ${held} connect() calls wait for an answer (SYN_SENT)`;
  if (natRefusals === 0) return cause('unanswered_connects', waiting);
  return cause(
    'nat_exhausted',
    `${waiting}, and NAT on this host has refused ${natRefusals} connections (insert_failed of conntrack)`,
  );
}

function churn(pool: JudgedPool, { namespace }: Surroundings): Cause {
  const { closesPerSecond, most } = churnOf(pool, namespace?.settings);
  return cause(
    'connection_churn',
    `${pool.states.timeWait} of ${pool.held} ports are in TIME_WAIT: at least ${rate(closesPerSecond)} closes a second; a steady ${rate(most)} leaves no port`,
  );
}

function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : `${Math.floor(perSecond)}`;
}

function manyOpen(pool: JudgedPool, surroundings: Surroundings): Cause {
  const { namespace } = surroundings;
  const open = `${pool.states.established} connections are open at once`;
  const growth = growthOf(pool, surroundings);
  if (growth !== undefined) return cause('connection_leak', `${open}${growth}`);
  const rangeSize = namespace?.rangeSize ?? NARROW;
  if (rangeSize < NARROW) return cause('narrow_range', `${open}; the range has ${rangeSize} ports`);
  return usageRatio(pool) < NEAR_ITS_END
    ? cause('slow_first_pass', `${open}, on all the ports that connect() tries first`)
    : cause('large_pool', open);
}

/** How the open connections of a pool grow that opens more than it closes; undefined for any other. */
function growthOf(pool: JudgedPool, { namespace }: Surroundings): string | undefined {
  const { states, earlier, capacity } = pool;
  if (earlier === undefined) return undefined;
  const grown = states.established - earlier.established;
  const { closesPerSecond } = churnOf(pool, namespace?.settings);
  const halfClosed = states.closeWait + states.other;
  const closed = Math.round(closesPerSecond * earlier.secondsAgo) + halfClosed;
  if (grown < GROWING_SHARE * capacity || grown <= closed) return undefined;
  return `${sinceText(grown, earlier)}, and ${closed === 0 ? 'none was' : `only ${closed} were`} closed`;
}

function cause(name: CauseName, evidence: string): Cause {
  return { name, evidence, culprits: [] };
}
