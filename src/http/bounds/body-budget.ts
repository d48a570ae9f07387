/**
 * Bytes of answers that are being read, in all. Chosen: what is left of 384 MB beside the exporter's own on a busy host,
 * halved. An answer lives until its last reader has read it, and each poll makes a new one.
 */
const MAX_BYTES = 64 * 1024 * 1024;

/** Bounds the memory of answers that slow clients have not read yet. An answer that many read is there once. */
export class BodyBudget {
  readonly #readers = new Map<Uint8Array, number>();
  #bytes = 0;

  /** Counts one more reader of `body`; false where it does not fit beside the others. One alone always fits. */
  hold(body: Uint8Array): boolean {
    const readers = this.#readers.get(body) ?? 0;
    const added = readers === 0 ? body.byteLength : 0;
    if (this.#bytes > 0 && this.#bytes + added > MAX_BYTES) return false;
    this.#readers.set(body, readers + 1);
    this.#bytes += added;
    return true;
  }

  release(body: Uint8Array): void {
    const readers = (this.#readers.get(body) ?? 1) - 1;
    if (readers > 0) {
      this.#readers.set(body, readers);
      return;
    }
    this.#readers.delete(body);
    this.#bytes -= body.byteLength;
  }
}
