import { isLoopback, parseAddress } from '../../kernel/address.ts';
import type { FirstPass, PoolUsage } from '../../pools/pool.ts';
import { RETURN_SECONDS } from '../../pools/pool.ts';
import { TIME_WAIT_SECONDS } from '../../pools/time-wait.ts';
import type { NamespaceDetails } from '../../snapshot/details.ts';
import type { EndpointQuestion } from './endpoint-question.ts';

/**
 * How many connects are left, and why: range − reserved − blocked = capacity; capacity − (held − bound − reusable) − heldByOthers
 * = available. Ports, all of one poll.
 */
export interface Calculation {
  readonly range: number;
  /** Undefined where it could not be read; then none is assumed. */
  readonly reserved: number | undefined;
  readonly blocked: number;
  readonly capacity: number;
  readonly held: number;
  /** Held ports that are blocked or reserved: they count once, there. */
  readonly bound: number;
  /** Held ports in TIME_WAIT that a connect() takes over. */
  readonly reusable: number;
  /** Of sockets bound to a device: ports that sockets without one hold towards the same destination, and that it lacks too. */
  readonly heldByOthers: number;
  readonly available: number;
}

/** The calculation for an endpoint of the namespace; `pool` is undefined where it holds nothing. */
export function calculationOf(
  namespace: NamespaceDetails,
  pool: PoolUsage | undefined,
): Calculation {
  const { capacity, blocked } = connectKind(namespace);
  const { held, bound, reusable, available } = pool ?? { ...NOTHING_HELD, available: capacity };
  const { rangeSize: range, reserved } = namespace;
  const heldByOthers = Math.max(0, capacity - available - (held - bound - reusable));
  return { range, reserved, blocked, capacity, held, bound, reusable, heldByOthers, available };
}

const NOTHING_HELD = { held: 0, bound: 0, reusable: 0 } as const;

function connectKind({ kinds }: NamespaceDetails): {
  readonly capacity: number;
  readonly blocked: number;
} {
  const found = kinds.find(({ kind }) => kind === 'connect');
  if (found === undefined) throw new RangeError('a namespace without endpoints');
  return found;
}

/** Ports that come back, in order: so many within so many seconds, summed up. */
export interface Return {
  readonly withinSeconds: number;
  readonly ports: number;
}

/** When the TIME_WAITs of the endpoint give their ports back; empty where none does. */
export function returnsOf(pool: PoolUsage | undefined): readonly Return[] {
  const returns: Return[] = [];
  let ports = 0;
  pool?.returning.forEach((more, period) => {
    ports += more;
    if (more > 0) returns.push({ withinSeconds: (period + 1) * RETURN_SECONDS, ports });
  });
  return returns;
}

/** What may be asked of an endpoint of which nothing is held yet. */
export interface LoadLimits {
  /** Connections that can be open at once. */
  readonly atOnce: number;
  /** From one more than this on connect() scans half of the range in vain each time. */
  readonly quick: number;
  /** New ones a second for ever, each closed by us soon; a TIME_WAIT holds its port, or is taken over. */
  readonly perSecond: number;
  /** Whether TIME_WAITs are taken over, which makes the rate. */
  readonly isReused: boolean;
}

export function loadLimitsOf(namespace: NamespaceDetails, { to }: EndpointQuestion): LoadLimits {
  const { settings } = namespace;
  const firstPass: FirstPass = namespace.firstPass;
  const { capacity } = connectKind(namespace);
  const isReused =
    settings.timestamps &&
    (settings.timeWaitReuse === 1 ||
      (settings.timeWaitReuse === 2 && isLoopback(parseAddress(to), 0)));
  const seconds = isReused ? settings.timeWaitReuseDelayMs / 1000 : TIME_WAIT_SECONDS;
  return {
    atOnce: capacity,
    quick: Math.max(0, firstPass.size - firstPass.taken),
    perSecond: capacity / Math.max(0.001, seconds),
    isReused,
  };
}
