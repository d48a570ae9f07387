import type { PortRange, PortSettings } from '../kernel/proc/sysctl.ts';
import { PortSet } from './tables/port-set.ts';

/** Ports by the two halves of the range that `bind()` tells apart, and by the two passes of `connect()`. */
export interface RangeParts {
  readonly lowFirst: number;
  readonly lowSecond: number;
  readonly highFirst: number;
  readonly highSecond: number;
}

/** The ports that the kernel may pick in a namespace: its range less its reserved ports. */
export class PortBudget {
  readonly range: PortRange;
  readonly rangeSize: number;
  /** Ports of the range that are not reserved. */
  readonly usable: PortSet;
  readonly usableSize: number;
  /** Reserved ports inside the range. */
  readonly reserved: number;
  /**
   * Ports that a `connect()` looks at in its first pass, reserved ones included. In a range of odd size one
   * port of the parity is left out: the kernel makes the size even (`remaining &= ~1U` in `__inet_hash_connect`).
   */
  readonly firstPassSize: number;
  /**
   * Ports that a `bind()` without a port looks at before all others if SO_REUSEADDR is set: those of the second pass in
   * the lower half of the range, reserved ones not included (`inet_csk_find_open_port` in
   * net/ipv4/inet_connection_sock.c).
   */
  readonly secondPassLowHalf = new PortSet();
  /** The same of the first pass: where SO_REUSEADDR is set they come next, before those of the upper half. */
  readonly firstPassLowHalf = new PortSet();
  /** The first port of the upper half of the range, as `bind()` cuts it where SO_REUSEADDR is set. */
  readonly half: number;
  /** Number of ports with the parity of the first pass. */
  readonly #parityPorts: number;
  /** Those of them that are not reserved. */
  readonly #firstPassUsable = new PortSet();
  readonly #firstPassUsableSize: number;

  constructor(settings: PortSettings) {
    this.range = settings.range;
    this.rangeSize = this.range.high - this.range.low + 1;
    this.usable = PortSet.of([this.range]).difference(PortSet.of(settings.reserved));
    this.usableSize = this.usable.size;
    this.reserved = this.rangeSize - this.usableSize;
    this.firstPassSize = Math.max(1, this.rangeSize >> 1);
    this.#parityPorts = (this.rangeSize + 1) >> 1;
    for (let port = this.range.low; port <= this.range.high; port += 2) {
      if (this.usable.has(port)) this.#firstPassUsable.add(port);
    }
    this.#firstPassUsableSize = this.#firstPassUsable.size;
    this.half = this.range.low + 2 * (this.rangeSize >> 2);
    for (let port = this.range.low; port < this.half; port += 1) {
      const half = this.inFirstPass(port) ? this.firstPassLowHalf : this.secondPassLowHalf;
      if (this.usable.has(port)) half.add(port);
    }
  }

  /** Whether `port` is in the range, reserved or not. */
  includes(port: number): boolean {
    return port >= this.range.low && port <= this.range.high;
  }

  /**
   * Whether `connect()` tries `port` in its first pass: those of the low end's parity
   * (`__inet_hash_connect` in net/ipv4/inet_hashtables.c).
   */
  inFirstPass(port: number): boolean {
    return ((port - this.range.low) & 1) === 0;
  }

  /** Whether a `bind()` with SO_REUSEADDR looks at `port` before it looks at the other half of the range. */
  inLowHalf(port: number): boolean {
    return port < this.half;
  }

  /** How many of the usable ports of each part of the range are in `ports`. */
  partsOf(ports: PortSet): RangeParts {
    const [first, low] = [this.#firstPassUsable, [this.firstPassLowHalf, this.secondPassLowHalf]];
    const [lowFirst = 0, lowSecond = 0] = low.map((part) => ports.intersectionSize(part));
    const allFirst = ports.intersectionSize(first);
    const all = ports.intersectionSize(this.usable);
    return {
      lowFirst,
      lowSecond,
      highFirst: allFirst - lowFirst,
      highSecond: all - allFirst - lowSecond,
    };
  }

  /** How many first-pass ports no endpoint can use: reserved ones and those in `blocked`. */
  firstPassLost(blocked: PortSet): number {
    const free = this.#firstPassUsableSize - this.#firstPassUsable.intersectionSize(blocked);
    const lost = this.#parityPorts - free;
    return Math.min(lost, this.firstPassSize);
  }
}

/** Different budgets that are kept for others to share. Chosen: a host has a few kinds of pods, or one. */
const MAX_SHARED = 64;

/** The budgets of all namespaces: those with the same range and reserved ports share one, which takes 24 KB. */
export class PortBudgets {
  readonly #shared = new Map<string, PortBudget>();

  budgetFor(settings: PortSettings): PortBudget {
    const key = JSON.stringify([settings.range, settings.reserved]);
    const budget = this.#shared.get(key) ?? new PortBudget(settings);
    if (this.#shared.size >= MAX_SHARED && !this.#shared.has(key)) this.#shared.clear();
    this.#shared.set(key, budget);
    return budget;
  }
}

/** Keeps the budget of one namespace from poll to poll, for as long as its settings are the same object. */
export class PortBudgetCache {
  readonly #budgets: PortBudgets;
  #settings: PortSettings | undefined;
  #budget: PortBudget | undefined;

  constructor(budgets: PortBudgets) {
    this.#budgets = budgets;
  }

  budgetFor(settings: PortSettings): PortBudget {
    if (this.#budget === undefined || settings !== this.#settings) {
      this.#budget = this.#budgets.budgetFor(settings);
      this.#settings = settings;
    }
    return this.#budget;
  }
}
