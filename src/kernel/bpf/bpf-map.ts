import { BpfError } from './bpf-object.ts';
import { libbpf } from './libbpf.ts';

/** How the entries of a map are laid out, and how many there may be. */
export interface MapShape {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly most: number;
}

/** One entry; valid until the map is read again. */
export interface MapEntries {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A map of a BPF program, read as a whole: one system call, or two. */
export class BpfMap {
  readonly #fd: number;
  readonly #shape: MapShape;
  readonly #keys: Uint8Array;
  readonly #values: Uint8Array;

  constructor(fd: number, shape: MapShape) {
    this.#fd = fd;
    this.#shape = shape;
    this.#keys = new Uint8Array(shape.keyBytes * shape.most);
    this.#values = new Uint8Array(shape.valueBytes * shape.most);
  }

  /** Throws `BpfError`. */
  read(): readonly MapEntries[] {
    const { keyBytes, valueBytes } = this.#shape;
    return Array.from({ length: this.#fill() }, (_, entry) => ({
      key: this.#keys.subarray(entry * keyBytes, (entry + 1) * keyBytes),
      value: this.#values.subarray(entry * valueBytes, (entry + 1) * valueBytes),
    }));
  }

  /** How many there are. The kernel says ENOENT with the last of them (`__htab_map_lookup_and_delete_batch`). */
  #fill(): number {
    const count = new Uint32Array([this.#shape.most]);
    const next = new Uint8Array(Math.max(4, this.#shape.keyBytes));
    const library = libbpf();
    if (library.lookupBatch(this.#fd, next, this.#keys, this.#values, count) < 0) {
      const errno = library.errnoName();
      if (errno !== 'ENOENT') throw new BpfError('BPF map', `cannot be read (${errno})`, errno);
    }
    return count[0] ?? 0;
  }
}
