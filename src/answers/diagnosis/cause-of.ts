import type { PoolUsage } from '../../pools/pool.ts';
import { destinationsText } from '../destination-words.ts';
import { boundCause, isBoundElsewhere } from './bound-ports.ts';
import type { Cause, JudgedPool, Surroundings } from './cause.ts';
import { stateCause } from './socket-states.ts';

const NOTHING_HELD =
  'it holds no port now; looked at: states of its sockets, bound and reserved ports of the range';

type Judge = (pool: JudgedPool, surroundings: Surroundings) => Cause;

/** Of a kind of which no cause is known. */
const UNKNOWN: Cause = { name: 'unknown', evidence: '', culprits: [] };

/** How the cause is found for each kind of pool; a kind without an entry has the cause `unknown`. */
const JUDGES: Readonly<Record<string, Judge>> = {
  connect: connectCause,
  range: (_, surroundings) => boundCause(surroundings),
  bind: bindCause,
  udp: udpCause,
  sctp: ({ held }) => cause('large_pool', `${held} ports are held by SCTP sockets`),
};

/** Why the ports of the pool run out. Meant for pools at risk: of one that is not it says what takes most ports. */
export function causeOf(pool: JudgedPool, surroundings: Surroundings): Cause {
  return JUDGES[pool.kind]?.(pool, surroundings) ?? UNKNOWN;
}

function connectCause(pool: JudgedPool, surroundings: Surroundings): Cause {
  if (isBoundElsewhere(pool)) return boundCause(surroundings);
  const reserved = reservedCause(pool, surroundings);
  if (reserved !== undefined) return reserved;
  if (pool.held === 0) return cause('unknown', NOTHING_HELD);
  return stateCause(pool, surroundings);
}

/**
 * A bind pool of one local address belongs to programs that bind first. That of a wildcard needs a port that nobody has: what
 * takes most of the ports towards one destination, or a `bind()`, is the cause.
 */
function bindCause(pool: JudgedPool, surroundings: Surroundings): Cause {
  const own = boundCause(surroundings, pool.localAddress);
  if (own.culprits.length > 0) return own;
  const [fullest] = connectPools(surroundings).toSorted((a, b) => b.held - a.held);
  if (fullest === undefined || 2 * fullest.blocked > pool.held) return own;
  return { ...connectCause(asBindSees(fullest, pool), surroundings), culprits: [fullest] };
}

/** A TIME_WAIT that `connect()` may take over holds its port for `bind()` as long as any. */
function asBindSees(endpoint: JudgedPool, { available, returning }: PoolUsage): JudgedPool {
  return { ...endpoint, reusable: 0, available, returning };
}

function udpCause({ held, destinations = [] }: PoolUsage): Cause {
  const where = destinationsText(destinations);
  const rest = where === '' ? '' : `; connected: ${where}`;
  return cause('udp_per_request', `${held} UDP sockets have a port each${rest}`);
}

/** Where reserved ports are more than half of the range, and more than the pool takes itself. */
function reservedCause(pool: PoolUsage, { namespace }: Surroundings): Cause | undefined {
  const { rangeSize = 0, reserved = 0 } = namespace ?? {};
  const taken = pool.capacity - pool.available;
  if (2 * reserved <= rangeSize || reserved <= taken) return undefined;
  return cause(
    'reserved_range',
    `${reserved} of the ${rangeSize} ports of the range are reserved (ip_local_reserved_ports)`,
  );
}

/** The connect pools of the namespace that are known. */
export function connectPools({ namespace }: Surroundings): readonly PoolUsage[] {
  const exported = namespace?.kinds.flatMap((kind) => kind.exported) ?? [];
  return namespace?.fullest?.get('connect') ?? exported.filter(({ kind }) => kind === 'connect');
}

function cause(name: Cause['name'], evidence: string): Cause {
  return { name, evidence, culprits: [] };
}
