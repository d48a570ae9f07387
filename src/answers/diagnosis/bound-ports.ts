import { kindOf } from '../../pools/kinds.ts';
import type { RangeParts } from '../../pools/port-budget.ts';
import { isWildcard, type PoolUsage } from '../../pools/pool.ts';
import type { Cause, SurroundingNamespace, Surroundings } from './cause.ts';

/** Culprits that are named: as many as a person takes in. */
const MAX_CULPRITS = 3;

/** So many bound ports on the wrong pass may be of listeners, and of connections to others. Chosen, not measured. */
const STRAY_SHARE = 0.2;
/** So few of all bound ports tell nothing, wherever they are. Chosen, not measured. */
const FEW_SHARE = 0.05;

/** Whether a `bind()` owns the ports that are missing in a connect pool, rather than its own connections. */
export function isBoundElsewhere({
  capacity,
  available,
  held,
  bound,
  blocked,
}: PoolUsage): boolean {
  return 2 * bound > held || (blocked > 0 && blocked >= capacity - available);
}

/**
 * Ports that a connect pool, or the range, gains when programs that bind first use IP_BIND_ADDRESS_NO_PORT: theirs come back to
 * all, and their connections count towards their own destinations alone. Undefined where that is not known.
 */
export function gainedWithoutBinds(
  pool: PoolUsage,
  surroundings: Surroundings,
): number | undefined {
  const { namespace } = surroundings;
  if (namespace === undefined || (pool.kind !== 'connect' && pool.kind !== 'range'))
    return undefined;
  const bound = poolsOf(surroundings)
    .filter(({ kind }) => kind === 'connect')
    .reduce((sum, each) => sum + each.bound, 0);
  const ownedByBinds = Math.min(bound, blockedOf(namespace) - namespace.hazards.listenerInRange);
  const gained = ownedByBinds - pool.bound;
  return gained > 0 ? gained : undefined;
}

/** Why ports of the range are lost to every connect(): who bound them, at `localAddress` or at any. */
export function boundCause(surroundings: Surroundings, localAddress?: string): Cause {
  const { namespace } = surroundings;
  const pools = namespace === undefined ? [] : poolsOf(surroundings);
  const binders = pools
    .filter(({ kind, bound }) => kind === 'connect' && bound > 0)
    .filter((pool) => isAt(pool, localAddress))
    .toSorted((a, b) => b.bound - a.bound);
  const listeners = namespace?.hazards.listenerInRange ?? 0;
  const bound = binders.reduce((sum, pool) => sum + pool.bound, 0);
  if (listeners > bound || binders.length === 0) return blockedRange(surroundings, listeners);
  const culprits = binders.slice(0, MAX_CULPRITS);
  const most = culprits.map((pool) => `${kindOf(pool.kind).nameOf(pool)} (${pool.bound})`);
  return {
    name: namesPorts(surroundings) ? 'explicit_ports' : 'bind_before_connect',
    evidence: `a bind() before connect() owns ${bound} ports, most of them of ${most.join(', ')}`,
    culprits,
  };
}

/**
 * Whether the bound ports were named, and not chosen by the kernel: they are in neither of the two orders in which `bind()`
 * without a port takes them (`inet_csk_find_open_port` in net/ipv4/inet_connection_sock.c).
 */
function namesPorts({ namespace }: Surroundings): boolean {
  if (namespace === undefined) return false;
  const { usable, blocked } = namespace.parts;
  const parts = (of: RangeParts): readonly number[] => [
    of.lowSecond,
    of.lowFirst,
    of.highSecond,
    of.highFirst,
  ];
  const passes = (of: RangeParts): readonly number[] => [
    of.lowSecond + of.highSecond,
    of.lowFirst + of.highFirst,
  ];
  const isPlain = isInOrder(passes(usable), passes(blocked));
  // With SO_REUSEADDR the lower half of the range comes first.
  return !isPlain && !isInOrder(parts(usable), parts(blocked));
}

/** Whether each part holds few bound ports while one before it is far from full. */
function isInOrder(sizes: readonly number[], bound: readonly number[]): boolean {
  const all = bound.reduce((sum, ports) => sum + ports, 0);
  const firstWithRoom = sizes.findIndex((size, at) => (bound[at] ?? 0) < (1 - STRAY_SHARE) * size);
  if (firstWithRoom < 0) return true;
  const behind = bound.slice(firstWithRoom + 1).reduce((sum, ports) => sum + ports, 0);
  const within = bound[firstWithRoom] ?? 0;
  return behind <= Math.max(STRAY_SHARE * (within + behind), FEW_SHARE * all);
}

function blockedOf({ kinds }: SurroundingNamespace): number {
  return kinds.find(({ kind }) => kind === 'connect')?.blocked ?? 0;
}

function blockedRange({ namespace }: Surroundings, listeners: number): Cause {
  const blocked = namespace === undefined ? 0 : blockedOf(namespace);
  const own = listeners === 0 ? 'bound or closed listening sockets' : `${listeners} listeners`;
  return {
    name: 'blocked_range',
    evidence: `${own} are among what owns ${blocked} of the ${namespace?.rangeSize ?? 0} ports of the range`,
    culprits: [],
  };
}

function isAt(pool: PoolUsage, localAddress: string | undefined): boolean {
  const isAny = localAddress === undefined || isWildcard({ localAddress });
  return isAny || pool.localAddress === localAddress;
}

/** All pools of the namespace that are known. */
function poolsOf({ namespace }: Surroundings): readonly PoolUsage[] {
  const exported = namespace?.kinds.flatMap((kind) => kind.exported) ?? [];
  const fullest = namespace?.fullest;
  return fullest === undefined ? exported : [...fullest.values()].flat();
}
