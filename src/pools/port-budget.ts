import type { PortRange, PortSettings } from '../kernel/proc/sysctl.ts';
import { PortSet } from './tables/port-set.ts';

/**
 * The range of a namespace, less its reserved ports: what the kernel may pick from at all. Made anew only
 * when the settings change.
 */
export class PortBudget {
  readonly range: PortRange;
  readonly rangeSize: number;
  /** Ports of the range that are not reserved. */
  readonly usable: PortSet;
  readonly usableSize: number;
  /** Reserved ports inside the range. */
  readonly reserved: number;
  /**
   * Ports that a `connect()` looks at in its first pass, reserved ones included. In a range of odd size
   * that is one less than have the parity: either end is left out.
   */
  readonly firstPassSize: number;
  /** All ports of the first pass's parity, and those of them that are not reserved. */
  readonly #parityPorts: number;
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
  }

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

  /** How many first-pass ports no endpoint can have: the reserved and those in `blocked`. */
  firstPassLost(blocked: PortSet): number {
    const free = this.#firstPassUsableSize - this.#firstPassUsable.intersectionSize(blocked);
    const lost = this.#parityPorts - free;
    return Math.min(lost, this.firstPassSize);
  }
}

/** Keeps the budget of one namespace for as long as its settings are the same object. */
export class PortBudgetOf {
  #settings: PortSettings | undefined;
  #budget: PortBudget | undefined;

  at(settings: PortSettings): PortBudget {
    if (this.#budget === undefined || settings !== this.#settings) {
      this.#budget = new PortBudget(settings);
      this.#settings = settings;
    }
    return this.#budget;
  }
}
