/** What is wrong: each once, with how often it came. */
export class Findings {
  readonly #counts = new Map<string, number>();

  add(finding: string): void {
    this.#counts.set(finding, (this.#counts.get(finding) ?? 0) + 1);
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** More of them tell nothing new: the run may end. */
  get areMany(): boolean {
    return this.#counts.size > 50;
  }

  get all(): readonly string[] {
    return Array.from(this.#counts, ([finding, times]) => `${finding} (${times} times)`);
  }
}
