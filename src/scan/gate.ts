import { isCrossed, type Rule, valueOf } from '../alerts/rules.ts';
import type { ShortlistOptions } from '../alerts/shortlist.ts';
import type { Trend } from '../history/history.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import { POOL_KINDS, rankRatio } from '../pools/kinds.ts';
import type { FirstPass, PoolUsage } from '../pools/pool.ts';
import type { PoolKindEntry } from '../pools/pool-kind.ts';
import { PortBudget } from '../pools/port-budget.ts';
import { PortSet } from '../pools/tables/port-set.ts';
import type { NamespaceReading } from './namespace-reader.ts';

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
  const usable = budget.usableSize;
  const taken = budget.firstPassLost(new PortSet());
  return { usable, capacity: usable, firstPass: { size: budget.firstPassSize, taken } };
}

/** The limits that the last reading found. */
export function limitsOfReading({ budget, connect }: NamespaceReading): PortLimits {
  const { capacity, firstPass } = connect;
  return { usable: budget.usableSize, capacity, firstPass };
}

/** As if the end were now: whether a forecast is evaluated depends on the usage too. */
const WORST_TREND: Trend = { peakRatio: 0, timeToExhaustionSeconds: 0 };

/** How many sockets each kind's census would count at most; undefined where only the tables tell. */
export type SocketBounds = (kind: PoolKindEntry) => number | undefined;

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

  isQuiet(socketsAtMost: SocketBounds, limits: PortLimits): boolean {
    return POOL_KINDS.every((kind) => {
      const sockets = socketsAtMost(kind);
      if (sockets === undefined) return false;
      const worst = worstCase(kind, sockets, limits);
      return worst === undefined || this.#isQuiet(worst, kind);
    });
  }

  #isQuiet(pool: PoolUsage, kind: PoolKindEntry): boolean {
    if (kind.isExported && pool.held > 0 && rankRatio(pool) >= this.#minRatio) return false;
    return !this.#rules.some((rule) => isCrossed(rule, valueOf(rule, pool, WORST_TREND)));
  }
}

/** A pool that all sockets share; undefined where there can be none. */
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
    reusable: 0,
    available: capacity - held,
    returning: [],
  };
}
