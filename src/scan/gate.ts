import { isCrossed, type Rule } from '../alerts/rules.ts';
import type { ShortlistOptions } from '../alerts/shortlist.ts';
import type { Trend } from '../history/history.ts';
import type { SocketCounts } from '../kernel/proc/net-sockstat.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import type { ConnectPools } from '../pools/connect.ts';
import { type FirstPass, type PoolKind, type PoolUsage, rankRatio } from '../pools/pool.ts';
import { PortBudget } from '../pools/port-budget.ts';
import { PortSet } from '../pools/tables/port-set.ts';

/** What the sockets of a namespace have to share. */
export interface PortLimits {
  /** Ports of the range that are not reserved. */
  readonly usable: number;
  /** Ports that one endpoint can use. */
  readonly capacity: number;
  /** The first pass of an endpoint that holds nothing. */
  readonly firstPass: FirstPass;
}

/** The limits of a namespace that was never read. */
export function limitsOfSettings(settings: PortSettings): PortLimits {
  const budget = new PortBudget(settings);
  const usable = budget.usable.size;
  const taken = budget.firstPassLost(new PortSet());
  return { usable, capacity: usable, firstPass: { size: budget.firstPassSize, taken } };
}

/** The limits that the last reading found. */
export function limitsOfReading(usable: number, { capacity, firstPass }: ConnectPools): PortLimits {
  return { usable, capacity, firstPass };
}

/** As if the end were now: whether a forecast is judged depends on the usage too. */
const WORST_TREND: Trend = { peakRatio: 0, timeToExhaustionSeconds: 0 };

/** Builds the gate of a poll. */
export type GateMaker = (
  rules: readonly Rule[],
  options: Pick<ShortlistOptions, 'minRatio'>,
) => Pick<Gate, 'isQuiet'>;

/**
 * Tells by the number of a namespace's sockets alone that no endpoint in it can be exported and that no
 * alert can fire: not even if all of them were one endpoint's. Then its tables need not be read.
 */
export class Gate {
  readonly #rules: readonly Rule[];
  readonly #minRatio: number;

  constructor(rules: readonly Rule[], { minRatio }: Pick<ShortlistOptions, 'minRatio'>) {
    this.#rules = rules;
    this.#minRatio = minRatio;
  }

  isQuiet({ tcpInUse, timeWait, udpInUse }: SocketCounts, limits: PortLimits): boolean {
    const [tcp, { usable, capacity, firstPass }] = [tcpInUse + timeWait, limits];
    const taken = Math.min(firstPass.size, firstPass.taken + tcp);
    const pools = [worst('udp', usable, udpInUse), worst('bind', usable, usable - capacity + tcp)];
    if (tcp > 0)
      pools.push({ ...worst('connect', capacity, tcp), firstPass: { ...firstPass, taken } });
    return pools.every((pool) => this.#isBelowClearThreshold(pool));
  }

  /** `bind` pools are never exported, whatever they use. */
  #isBelowClearThreshold(pool: PoolUsage): boolean {
    if (pool.kind !== 'bind' && pool.held > 0 && rankRatio(pool) >= this.#minRatio) return false;
    return !this.#rules.some((rule) => isCrossed(rule, rule.read(pool, WORST_TREND)));
  }
}

/** A pool that all sockets share. */
function worst(kind: PoolKind, capacity: number, sockets: number): PoolUsage {
  const held = Math.min(capacity, sockets);
  return {
    namespaceId: 0,
    kind,
    protocol: kind === 'udp' ? 'udp' : 'tcp',
    family: 'ipv4',
    localAddress: '',
    remoteAddress: '',
    remotePort: 0,
    capacity,
    held,
    states: { established: 0, synSent: 0, timeWait: 0, closeWait: 0, other: held },
    reusable: 0,
    available: capacity - held,
    returning: [],
  };
}
