import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** Answers that many ask for, each compressed once, on a thread of libuv, for as long as the answer itself is kept. */
export class Compressed {
  readonly #known = new WeakMap<Uint8Array, Promise<Uint8Array>>();

  /** The same bytes for each who asks. */
  of(bytes: Uint8Array): Promise<Uint8Array> {
    const known = this.#known.get(bytes);
    if (known !== undefined) return known;
    const compressed = compress(bytes);
    this.#known.set(bytes, compressed);
    return compressed;
  }
}
