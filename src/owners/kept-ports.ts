/** Bounds how many ports of all pools together are remembered. */
export class KeptPorts {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** Takes the place of one; false where none is left. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  release(places: number): void {
    this.#left += places;
  }
}
