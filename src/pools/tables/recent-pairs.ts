import { mix } from './hash.ts';

/** Far more rows than one bucket of the kernel's hash table holds, and only those of one bucket are repeated. */
const MEMORY = 256;
/** Twice as many chains as pairs: a chain is then empty more often than not. */
const CHAINS = 2 * MEMORY;

/**
 * The `MEMORY` pairs added last, by which repeated rows are found. /proc/net/tcp is read page by page: the kernel
 * resumes at a bucket and an offset in it, and sockets inserted at the head of that bucket meanwhile make it list the
 * last rows again (`tcp_seek_last_pos` in net/ipv4/tcp_ipv4.c). So a row is repeated within one bucket or never.
 *
 * A hash table whose pairs stand in a ring. Each pair links to the one added before it to the same chain; a link that
 * leads to a pair which has left the ring ends the chain, so that nothing need be removed.
 */
export class RecentPairs {
  readonly #firsts = new Int32Array(MEMORY);
  readonly #seconds = new Int32Array(MEMORY);
  /** By place in the ring: the number of the pair before it in its chain. */
  readonly #links = new Int32Array(MEMORY);
  /** The number of the pair added last to each chain; 0 where there is none. */
  readonly #heads = new Int32Array(CHAINS);
  /** The number of the pair added last. Numbers begin above `MEMORY`, so that 0 is that of a pair that has left. */
  #last = MEMORY;

  /** Adds a pair of 32-bit integers; false where it is among those added last. */
  add(first: number, second: number): boolean {
    const chain = mix(first ^ (second << 16), second) & (CHAINS - 1);
    const head = this.#heads[chain] ?? 0;
    for (let number = head; number > this.#last - MEMORY;) {
      const place = number & (MEMORY - 1);
      if (this.#firsts[place] === first && this.#seconds[place] === second) return false;
      number = this.#links[place] ?? 0;
    }
    this.#push(chain, head, first, second);
    return true;
  }

  #push(chain: number, head: number, first: number, second: number): void {
    this.#last += 1;
    const place = this.#last & (MEMORY - 1);
    this.#firsts[place] = first;
    this.#seconds[place] = second;
    this.#links[place] = head;
    this.#heads[chain] = this.#last;
  }
}
