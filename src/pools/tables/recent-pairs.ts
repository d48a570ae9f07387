import { PairSet } from './pair-set.ts';

/** More rows than the kernel can list again at one place: they share a bucket of its hash table. */
const GENERATION = 256;

/**
 * The pairs added last, a few hundred at least. The kernel goes through its table bucket by bucket, and when
 * it comes back for the next page, rows that arrived meanwhile push the last ones of the bucket back into
 * view (`tcp_seek_last_pos` in net/ipv4/tcp_ipv4.c). So a row is repeated soon or never.
 */
export class RecentPairs {
  #young = new PairSet(GENERATION);
  #old = new PairSet(GENERATION);

  /** Adds the pair; false where it was added a short while ago. (0, 0) cannot be a member. */
  add(first: number, second: number): boolean {
    if (this.#old.has(first, second) || !this.#young.add(first, second)) return false;
    if (this.#young.size >= GENERATION) this.#turn();
    return true;
  }

  #turn(): void {
    const emptied = this.#old;
    emptied.clear();
    this.#old = this.#young;
    this.#young = emptied;
  }
}
