import type { PortRange } from '../../kernel/proc/sysctl.ts';

const WORDS = 65_536 / 32;

/** The bitmap that all empty sets share; never written. */
const NO_PORTS = new Int32Array(WORDS);

/**
 * A set of port numbers as a bitmap of 8 KiB, which is allocated with the first port. Ports are kept in sets and
 * never summed up, because one port can be reserved, listened on and held at once.
 */
export class PortSet {
  #words = NO_PORTS;

  static of(ranges: readonly PortRange[]): PortSet {
    const set = new PortSet();
    for (const { low, high } of ranges) {
      for (let port = low; port <= high; port += 1) set.add(port);
    }
    return set;
  }

  add(port: number): void {
    if (this.#words === NO_PORTS) this.#words = new Int32Array(WORDS);
    const word = port >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (port & 31));
  }

  /** Removes all ports, and frees their memory. */
  clear(): void {
    this.#words = NO_PORTS;
  }

  addAll(other: PortSet): void {
    if (other.#words === NO_PORTS) return;
    if (this.#words === NO_PORTS) this.#words = new Int32Array(WORDS);
    for (let word = 0; word < WORDS; word += 1) {
      this.#words[word] = (this.#words[word] ?? 0) | (other.#words[word] ?? 0);
    }
  }

  has(port: number): boolean {
    return (((this.#words[port >>> 5] ?? 0) >>> (port & 31)) & 1) === 1;
  }

  get size(): number {
    return this.intersectionSize(this);
  }

  /** How many ports are in both sets. */
  intersectionSize(other: PortSet): number {
    const [a, b] = [this.#words, other.#words];
    if (a === NO_PORTS || b === NO_PORTS) return 0;
    let size = 0;
    for (let word = 0; word < WORDS; word += 1) size += bitCount((a[word] ?? 0) & (b[word] ?? 0));
    return size;
  }

  union(other: PortSet): PortSet {
    return this.#combine(other, (a, b) => a | b);
  }

  intersection(other: PortSet): PortSet {
    return this.#combine(other, (a, b) => a & b);
  }

  difference(other: PortSet): PortSet {
    return this.#combine(other, (a, b) => a & ~b);
  }

  equals(other: PortSet): boolean {
    const [a, b] = [this.#words, other.#words];
    if (a === b) return true;
    // A plain loop: this is asked several times for each namespace and poll.
    for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
    return true;
  }

  /** The ports in ascending order, as the first and the last port of each run of consecutive ones. */
  toRuns(): Uint16Array {
    const runs: number[] = [];
    for (let low = this.#next(0, true); low < 65_536;) {
      const end = this.#next(low, false);
      runs.push(low, end - 1);
      low = this.#next(end, true);
    }
    return Uint16Array.from(runs);
  }

  /** The first port at or after `from` that is, or is not, a member; 65536 where there is none. */
  #next(from: number, member: boolean): number {
    let port = from;
    const skip = member ? 0 : -1;
    while (port < 65_536 && this.has(port) !== member) {
      port += (port & 31) === 0 && this.#words[port >>> 5] === skip ? 32 : 1;
    }
    return port;
  }

  #combine(other: PortSet, operation: (a: number, b: number) => number): PortSet {
    const result = new PortSet();
    if (this.#words === NO_PORTS && other.#words === NO_PORTS) return result;
    result.#words = new Int32Array(WORDS);
    for (let word = 0; word < WORDS; word += 1) {
      result.#words[word] = operation(this.#words[word] ?? 0, other.#words[word] ?? 0);
    }
    return result;
  }
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
