import { PairSet } from './pair-set.ts';

/** Far more rows than one bucket of the kernel's hash table holds, and only those of one bucket are repeated. */
const GENERATION = 256;

/**
 * The pairs added last, `GENERATION` at least, by which repeated rows are found. /proc/net/tcp is read page by page:
 * the kernel resumes at a bucket and an offset in it, and sockets inserted at the head of that bucket meanwhile make
 * it list the last rows again (`tcp_seek_last_pos` in net/ipv4/tcp_ipv4.c). So a row is repeated within one bucket
 * or never.
 */
export class RecentPairs {
  #young = new PairSet(GENERATION);
  #old = new PairSet(GENERATION);

  /** Adds the pair; false where it is among those added last. (0, 0) cannot be a member. */
  add(first: number, second: number): boolean {
    if (this.#old.has(first, second) || !this.#young.add(first, second)) return false;
    if (this.#young.size >= GENERATION) this.#beginGeneration();
    return true;
  }

  /** Forgets the older generation, and makes the younger one the older. */
  #beginGeneration(): void {
    const emptied = this.#old;
    emptied.clear();
    this.#old = this.#young;
    this.#young = emptied;
  }
}
