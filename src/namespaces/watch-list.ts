import type { Namespace } from './namespace.ts';

/**
 * Which namespaces are watched where there are more than memory is bounded for. One that is watched stays so for as long
 * as it exists and is selected; then the one that was found first of those that wait takes its place.
 */
export class WatchList {
  #watched: ReadonlySet<Namespace> = new Set();
  #waiting = 0;

  /** How many were not watched for want of a place. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether the namespace was chosen last. */
  has(namespace: Namespace): boolean {
    return this.#watched.has(namespace);
  }

  /** Chooses `most` of `selected`, which are in the order in which they were found. */
  choose(selected: readonly Namespace[], most: number): readonly Namespace[] {
    const stay = selected.filter((each) => this.#watched.has(each)).slice(0, most);
    const wait = selected.filter((each) => !this.#watched.has(each));
    const chosen = [...stay, ...wait.slice(0, most - stay.length)];
    this.#watched = new Set(chosen);
    this.#waiting = selected.length - chosen.length;
    return chosen;
  }
}
