import { PairSet } from './pair-set.ts';

/**
 * Identities that a walk looks at from its place on: twice as many with each row that it does not meet, and few again
 * after the most. So it finds its way where hundreds have gone, and loses little where all are new.
 */
const [FEWEST, MOST] = [4, 512];

/**
 * Row identities in the order in which a source listed the rows. That is the order of the kernel's hash table
 * (`inet_diag_dump_icsk` in net/ipv4/inet_diag.c, `established_get_first` in net/ipv4/tcp_ipv4.c), so that the next
 * poll lists nearly all of them in the same order: a walk meets them there without hashing and without jumping about
 * in memory. Whether any identity is in the list is asked with `has`, whose index is made when it is asked first.
 */
export class IdentityList {
  #words: Int32Array;
  #size = 0;
  #index = new PairSet();
  #indexed = 0;

  /** `expected` identities fit without growing, and an eighth more: connections come and go between two polls. */
  constructor(expected = 0) {
    this.#words = new Int32Array(2 * Math.max(64, expected + (expected >> 3)));
  }

  get size(): number {
    return this.#size;
  }

  push(first: number, second: number): void {
    if (2 * this.#size === this.#words.length) this.#grow();
    this.#words[2 * this.#size] = first;
    this.#words[2 * this.#size + 1] = second;
    this.#size += 1;
  }

  has(first: number, second: number): boolean {
    if (this.#indexed < this.#size) this.#fillIndex();
    return this.#index.has(first, second);
  }

  forEach(visit: (first: number, second: number) => void): void {
    for (let place = 0; place < this.#size; place += 1) {
      visit(this.#words[2 * place] ?? 0, this.#words[2 * place + 1] ?? 0);
    }
  }

  /** Begins at the first identity. What is added later is not met. */
  walk(): IdentityWalk {
    return new IdentityWalk(this.#words.subarray(0, 2 * this.#size));
  }

  #fillIndex(): void {
    if (this.#indexed === 0) this.#index = new PairSet(this.#size);
    for (let place = this.#indexed; place < this.#size; place += 1) {
      this.#index.add(this.#words[2 * place] ?? 0, this.#words[2 * place + 1] ?? 0);
    }
    this.#indexed = this.#size;
  }

  #grow(): void {
    const larger = new Int32Array(2 * this.#words.length);
    larger.set(this.#words);
    this.#words = larger;
  }
}

/** Goes along a list while rows are listed in about the same order. */
export class IdentityWalk {
  readonly #words: Int32Array;
  #at = 0;
  #ahead = FEWEST;

  /** Pairs of words. */
  constructor(words: Int32Array) {
    this.#words = words;
  }

  /**
   * Whether the identity is among the next ones; then the walk goes on behind it. False says nothing: the row may be
   * new, or elsewhere in the list.
   */
  meets(first: number, second: number): boolean {
    const words = this.#words;
    const end = Math.min(this.#at + 2 * this.#ahead, words.length);
    for (let at = this.#at; at < end; at += 2) {
      if (words[at] !== first || words[at + 1] !== second) continue;
      this.#at = at + 2;
      this.#ahead = FEWEST;
      return true;
    }
    this.#ahead = this.#ahead < MOST ? 2 * this.#ahead : FEWEST;
    return false;
  }
}
