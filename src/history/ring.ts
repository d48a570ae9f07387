/**
 * Samples of many series that are taken at the same moments: one row per series, one column per moment,
 * all allocated at the start. Taking a sample is O(1), whatever the window.
 */
export class Ring {
  /** Moments that the ring holds. */
  readonly length: number;
  readonly #cells: Uint16Array;
  #head = -1;

  constructor(series: number, length: number) {
    this.length = length;
    this.#cells = new Uint16Array(series * length);
  }

  /** Begins a new moment. The oldest one falls out; every series must be written. */
  advance(): void {
    this.#head = (this.#head + 1) % this.length;
  }

  /** Sets the sample of this moment; `value` from 0 to 65535. */
  write(series: number, value: number): void {
    this.#cells[series * this.length + this.#head] = value;
  }

  /** The sample taken `ago` moments before this one; `ago` below `length`. */
  at(series: number, ago: number): number {
    const column = (this.#head - ago + this.length) % this.length;
    return this.#cells[series * this.length + column] ?? 0;
  }
}
