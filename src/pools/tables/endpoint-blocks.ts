import { COUNTERS } from './endpoint-fields.ts';

/**
 * Endpoints in one block, a power of two: a namespace with a handful of IPv4 endpoints takes 14 KB,
 * and one with 100,000 has 400 blocks.
 */
const BLOCK_BITS = 8;
export const BLOCK = 1 << BLOCK_BITS;

/** What is stored of `BLOCK` endpoints. A table grows by whole blocks, so that nothing is copied. */
class Block {
  readonly keys: Int32Array;
  readonly counters = new Uint16Array(BLOCK * COUNTERS);
  readonly traits = new Uint8Array(BLOCK);
  /** What the next poll must know to count connections that were opened: see census/opens-counter.ts. */
  readonly live = new Uint16Array(BLOCK);
  readonly shortfalls = new Uint16Array(BLOCK);
  /** The history's ticket for each endpoint; 0 where it is not followed. */
  readonly tickets = new Uint32Array(BLOCK);

  constructor(keyWords: number) {
    this.keys = new Int32Array(BLOCK * keyWords);
  }
}

/** The blocks of one table, in the order of their endpoints. */
export class Blocks {
  readonly all: Block[] = [];
  readonly #keyWords: number;
  /** The block that was asked for last, with its index: each row asks for the block of its endpoint several times. */
  #latest: Block | undefined;
  #latestIndex = 0;

  constructor(keyWords: number) {
    this.#keyWords = keyWords;
  }

  /** The block of endpoint `id`. Throws `RangeError` where the table has no such endpoint. */
  of(id: number): Block {
    const latest = this.#latest;
    return latest !== undefined && id >> BLOCK_BITS === this.#latestIndex ? latest : this.#find(id);
  }

  /** Adds or drops blocks until there are just enough for `endpoints`. */
  fit(endpoints: number): void {
    const blocks = Math.ceil(endpoints / BLOCK);
    while (this.all.length < blocks) this.all.push(new Block(this.#keyWords));
    this.all.length = blocks;
    this.#latest = undefined;
  }

  #find(id: number): Block {
    const block = this.all[id >> BLOCK_BITS];
    if (block === undefined) throw new RangeError(`endpoint ${id} is not in the table`);
    this.#latest = block;
    this.#latestIndex = id >> BLOCK_BITS;
    return block;
  }
}
