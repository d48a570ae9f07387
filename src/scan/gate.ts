import { isCrossed, type Rule, valueOf } from '../alerts/rules.ts';
import type { ShortlistOptions } from '../alerts/shortlist.ts';
import type { Trend } from '../history/trend.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import { POOL_KINDS, rankRatio } from '../pools/kinds.ts';
import type { FirstPass, PoolUsage } from '../pools/pool.ts';
import type { PoolKindEntry } from '../pools/pool-kind.ts';
import { PortBudget } from '../pools/port-budget.ts';
import { PortSet } from '../pools/tables/port-set.ts';
import type { NamespaceReading } from './namespace-reader.ts';

/** The limits of a namespace that decide whether its sockets may matter, in ports. */
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
  const usable = budget.usableSize;
  const taken = budget.firstPassLost(new PortSet());
  return { usable, capacity: usable, firstPass: { size: budget.firstPassSize, taken } };
}

/** The limits that the last reading found. */
export function limitsOfReading({ budget, connect }: NamespaceReading): PortLimits {
  const { capacity, firstPass } = connect;
  return { usable: budget.usableSize, capacity, firstPass };
}

/** The trend of a pool that is exhausted at once: a forecast alert then depends on the usage alone. */
const WORST_TREND: Trend = { peakRatio: 0, timeToExhaustionSeconds: 0, opens: 0 };

/** An upper bound of the sockets that a kind's census would count; undefined where there is none. */
export type SocketBounds = (kind: PoolKindEntry) => number | undefined;

/** Builds the gate of a poll. */
export type GateMaker = (
  rules: readonly Rule[],
  options: Pick<ShortlistOptions, 'minRatio'>,
) => Pick<Gate, 'isQuiet'>;

/**
 * Decides by the number of a namespace's sockets alone whether it is quiet: no endpoint in it can be exported and no
 * alert can fire, not even if all sockets belonged to one endpoint. The tables of a quiet namespace need not be read.
 */
export class Gate {
  readonly #rules: readonly Rule[];
  readonly #minRatio: number;

  constructor(rules: readonly Rule[], { minRatio }: Pick<ShortlistOptions, 'minRatio'>) {
    this.#rules = rules;
    this.#minRatio = minRatio;
  }

  isQuiet(socketsAtMost: SocketBounds, limits: PortLimits): boolean {
    return POOL_KINDS.every((kind) => {
      const sockets = socketsAtMost(kind);
      if (sockets === undefined) return false;
      const worst = worstCase(kind, sockets, limits);
      return worst === undefined || this.#isQuiet(worst, kind);
    });
  }

  #isQuiet(pool: PoolUsage, kind: PoolKindEntry): boolean {
    if (kind.isExported(pool) && pool.held > 0 && rankRatio(pool) >= this.#minRatio) return false;
    return !this.#rules.some((rule) => isCrossed(rule, valueOf(rule, pool, WORST_TREND)));
  }
}

/** The fullest pool that so many sockets can make; undefined where they make none. */
function worstCase(
  kind: PoolKindEntry,
  sockets: number,
  { usable, capacity, firstPass }: PortLimits,
): PoolUsage | undefined {
  if (kind.isShared) {
    const blocked = kind.countsBlockedPorts ? usable - capacity : 0;
    return usageOf(kind, usable, blocked + sockets);
  }
  if (sockets === 0) return undefined;
  const taken = Math.min(firstPass.size, firstPass.taken + sockets);
  return { ...usageOf(kind, capacity, sockets), firstPass: { ...firstPass, taken } };
}

function usageOf({ kind, protocol }: PoolKindEntry, capacity: number, sockets: number): PoolUsage {
  const held = Math.min(capacity, sockets);
  return {
    namespaceId: 0,
    kind,
    protocol,
    family: 'ipv4',
    localAddress: '',
    remoteAddress: '',
    remotePort: 0,
    capacity,
    held,
    states: { established: 0, synSent: 0, timeWait: 0, closeWait: 0, other: held },
    bound: 0,
    blocked: 0,
    reusable: 0,
    available: capacity - held,
    returning: [],
  };
}
