/**
 * The last samples of many series that are all sampled at the same times: one row per series, one column per sample,
 * allocated once. Writing a sample is O(1), whatever the length.
 */
export class Ring {
  /** Samples that the ring holds of each series. */
  readonly length: number;
  readonly #cells: Uint16Array;
  #head = -1;

  constructor(series: number, length: number) {
    this.length = length;
    this.#cells = new Uint16Array(series * length);
  }

  /** Begins the next sample, in place of the oldest. Every series in use must be written. */
  advance(): void {
    this.#head = (this.#head + 1) % this.length;
  }

  /** Sets the latest sample of a series; `value` from 0 to 65535. */
  write(series: number, value: number): void {
    this.#cells[series * this.length + this.#head] = value;
  }

  /** The sample of a series that is `ago` samples older than the latest; `ago` below `length`. */
  at(series: number, ago: number): number {
    const column = (this.#head - ago + this.length) % this.length;
    return this.#cells[series * this.length + column] ?? 0;
  }
}
