import { COUNTERS } from './endpoint-fields.ts';

/** Endpoints in one block: a power of two. */
const BLOCK_BITS = 8;
export const BLOCK = 1 << BLOCK_BITS;

/** What is stored of `BLOCK` endpoints. Blocks never move, so that growing copies nothing. */
class Block {
  readonly keys: Int32Array;
  readonly counters = new Uint16Array(BLOCK * COUNTERS);
  readonly traits = new Uint8Array(BLOCK);
  /** What the history gave for the endpoint; 0 where nothing. */
  readonly tickets = new Uint32Array(BLOCK);

  constructor(keyWords: number) {
    this.keys = new Int32Array(BLOCK * keyWords);
  }
}

/** A growing row of blocks. */
export class Blocks {
  readonly all: Block[] = [];
  readonly #keyWords: number;

  constructor(keyWords: number) {
    this.#keyWords = keyWords;
  }

  /** The block of endpoint `id`, which has room. */
  of(id: number): Block {
    const block = this.all[id >> BLOCK_BITS];
    if (block === undefined) throw new RangeError(`endpoint ${id} is not in the table`);
    return block;
  }

  /** Makes or drops blocks until there is room for just `endpoints`. */
  fit(endpoints: number): void {
    const blocks = Math.ceil(endpoints / BLOCK);
    while (this.all.length < blocks) this.all.push(new Block(this.#keyWords));
    this.all.length = blocks;
  }
}
