import { LOAD, mix, slotsFor } from './hash.ts';

/** A growing hash set of pairs of 32-bit numbers in one typed array; (0, 0) marks a free slot and cannot be a member. */
export class PairSet {
  #slots: Int32Array;
  #size = 0;
  /** The size at which the set gets more slots. */
  #growAt: number;

  /** `expected` pairs fit without growing. */
  constructor(expected = 0) {
    const slots = slotsFor(expected);
    this.#slots = new Int32Array(2 * slots);
    this.#growAt = slots * LOAD;
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  has(first: number, second: number): boolean {
    return !this.#isFree(this.#slotOf(first | 0, second | 0));
  }

  /** Adds the pair; false where it was in the set already. */
  add(first: number, second: number): boolean {
    const slot = this.#slotOf(first | 0, second | 0);
    if (!this.#isFree(slot)) return false;
    this.#slots[slot] = first;
    this.#slots[slot + 1] = second;
    this.#size += 1;
    if (this.#size >= this.#growAt) this.#grow();
    return true;
  }

  forEach(visit: (first: number, second: number) => void): void {
    for (let slot = 0; slot < this.#slots.length; slot += 2) {
      if (!this.#isFree(slot)) visit(this.#slots[slot] ?? 0, this.#slots[slot + 1] ?? 0);
    }
  }

  #isFree(slot: number): boolean {
    return this.#slots[slot] === 0 && this.#slots[slot + 1] === 0;
  }

  #slotOf(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = (mix(mix(0, first), second) << 1) & mask;
    while (!this.#isFree(slot) && !this.#holds(slot, first, second)) slot = (slot + 2) & mask;
    return slot;
  }

  #holds(slot: number, first: number, second: number): boolean {
    return this.#slots[slot] === first && this.#slots[slot + 1] === second;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#growAt *= 2;
    for (let slot = 0; slot < old.length; slot += 2) {
      const [first, second] = [old[slot] ?? 0, old[slot + 1] ?? 0];
      if (first === 0 && second === 0) continue;
      const free = this.#slotOf(first, second);
      this.#slots[free] = first;
      this.#slots[free + 1] = second;
    }
  }
}
