import type { PortRange, PortSettings } from '../kernel/proc/sysctl.ts';
import { PortSet } from './tables/port-set.ts';

/** The range of a namespace, less its reserved ports: what the kernel may pick from at all. */
export class PortBudget {
  readonly range: PortRange;
  readonly rangeSize: number;
  /** Ports of the range that are not reserved. */
  readonly usable: PortSet;
  /** Reserved ports inside the range. */
  readonly reserved: number;
  /**
   * Ports that a `connect()` looks at in its first pass, reserved ones included. In a range of odd size
   * that is one less than have the parity: either end is left out.
   */
  readonly firstPassSize: number;

  constructor(settings: PortSettings) {
    this.range = settings.range;
    this.rangeSize = this.range.high - this.range.low + 1;
    this.usable = PortSet.of([this.range]).difference(PortSet.of(settings.reserved));
    this.reserved = this.rangeSize - this.usable.size;
    this.firstPassSize = Math.max(1, this.rangeSize >> 1);
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
    let lost = 0;
    for (let port = this.range.low; port <= this.range.high; port += 2) {
      if (!this.usable.has(port) || blocked.has(port)) lost += 1;
    }
    return Math.min(lost, this.firstPassSize);
  }
}
