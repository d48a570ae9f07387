/**
 * Keeps the `count` highest scores that were offered, each with two numbers of the caller's that identify it: a
 * binary heap in typed arrays with the lowest score on top. Of equal scores the one offered first is kept.
 */
export class TopScores {
  readonly #scores: Float64Array;
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #order: Float64Array;
  #size = 0;
  #offered = 0;

  constructor(count: number) {
    this.#scores = new Float64Array(count);
    this.#first = new Int32Array(count);
    this.#second = new Int32Array(count);
    this.#order = new Float64Array(count);
  }

  offer(score: number, first: number, second: number): void {
    this.#offered += 1;
    const isFull = this.#size === this.#scores.length;
    if (isFull && (this.#size === 0 || score <= (this.#scores[0] ?? 0))) return;
    if (isFull) {
      this.#write(0, score, first, second);
      this.#sink();
    } else {
      this.#write(this.#size, score, first, second);
      this.#size += 1;
      this.#rise(this.#size - 1);
    }
  }

  /** Visits what was kept, the highest score first. */
  forEach(visit: (first: number, second: number, score: number) => void): void {
    const [scores, order] = [this.#scores, this.#order];
    const slots = Array.from({ length: this.#size }, (_, slot) => slot);
    slots.sort((a, b) => {
      return (scores[b] ?? 0) - (scores[a] ?? 0) || (order[a] ?? 0) - (order[b] ?? 0);
    });
    for (const slot of slots) {
      visit(this.#first[slot] ?? 0, this.#second[slot] ?? 0, this.#scores[slot] ?? 0);
    }
  }

  #write(slot: number, score: number, first: number, second: number): void {
    this.#scores[slot] = score;
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#order[slot] = this.#offered;
  }

  /** Whether slot `a` has the lower score; of equal ones the later is lower. */
  #isBelow(a: number, b: number): boolean {
    const [left, right] = [this.#scores[a] ?? 0, this.#scores[b] ?? 0];
    return left === right ? (this.#order[a] ?? 0) > (this.#order[b] ?? 0) : left < right;
  }

  #rise(from: number): void {
    for (let slot = from; slot > 0;) {
      const parent = (slot - 1) >> 1;
      if (!this.#isBelow(slot, parent)) return;
      this.#swap(slot, parent);
      slot = parent;
    }
  }

  #sink(): void {
    for (let slot = 0; ;) {
      const [left, right] = [2 * slot + 1, 2 * slot + 2];
      let lowest = slot;
      if (left < this.#size && this.#isBelow(left, lowest)) lowest = left;
      if (right < this.#size && this.#isBelow(right, lowest)) lowest = right;
      if (lowest === slot) return;
      this.#swap(slot, lowest);
      slot = lowest;
    }
  }

  #swap(a: number, b: number): void {
    for (const cells of [this.#scores, this.#first, this.#second, this.#order]) {
      const kept = cells[a] ?? 0;
      cells[a] = cells[b] ?? 0;
      cells[b] = kept;
    }
  }
}
