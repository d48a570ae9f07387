/** Nobody loads native code; a thread does; it must not begin any more, because the thread is being ended. */
const [IDLE, LOADING, FORBIDDEN] = [0, 1, 2];

/** Memory for a `NativeLoad` that two threads share. */
export function newLoadFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Keeps a thread from being ended while it loads native code, or while native code makes objects for it. Whatever ends it
 * there, the addon cannot report the error that its calls then fail with, and Node.js aborts the whole process
 * (`napi_fatal_error`).
 */
export class NativeLoad {
  readonly #flag: Int32Array;
  /** Loads of this thread that are under way, one within the other. */
  #depth = 0;

  /** `flag` is what `newLoadFlag()` returned, to another thread too. */
  constructor(flag: Int32Array) {
    this.#flag = flag;
  }

  /** Loads by `load`; throws where the thread is being ended. */
  run<T>(load: () => T): T {
    if (this.#depth === 0 && Atomics.compareExchange(this.#flag, 0, IDLE, LOADING) !== IDLE)
      throw new Error('this thread is being ended');
    this.#depth += 1;
    try {
      return load();
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) Atomics.store(this.#flag, 0, IDLE);
    }
  }

  /** Lets no load begin any more; false while one is under way. */
  forbid(): boolean {
    return Atomics.compareExchange(this.#flag, 0, IDLE, FORBIDDEN) !== LOADING;
  }
}
