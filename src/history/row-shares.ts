/** How many rows of the history each namespace has, and which has most. Each call takes the same time, however many there are. */
export class RowShares {
  readonly #counts = new Map<number, number>();
  /** The namespaces that have as many rows as the index says. */
  readonly #byCount: Set<number>[] = [];
  #most = 0;

  countOf(namespaceId: number): number {
    return this.#counts.get(namespaceId) ?? 0;
  }

  /** The namespace with most rows, or one of them; undefined where none has any. */
  get largest(): number | undefined {
    for (const namespaceId of this.#byCount[this.#most] ?? []) return namespaceId;
    return undefined;
  }

  add(namespaceId: number): void {
    this.#change(namespaceId, 1);
  }

  remove(namespaceId: number): void {
    this.#change(namespaceId, -1);
  }

  #change(namespaceId: number, by: 1 | -1): void {
    const before = this.countOf(namespaceId);
    const now = before + by;
    this.#byCount[before]?.delete(namespaceId);
    if (now > 0) {
      this.#counts.set(namespaceId, now);
      this.#at(now).add(namespaceId);
    } else {
      this.#counts.delete(namespaceId);
    }
    this.#most = Math.max(this.#most, now);
    while (this.#most > 0 && this.#at(this.#most).size === 0) this.#most -= 1;
  }

  #at(count: number): Set<number> {
    return (this.#byCount[count] ??= new Set());
  }
}
