import { keepDescriptor } from '../libc.ts';
import type { FailureDescriptors } from './failure-program.ts';

/** Chosen by what there is: two links and four maps. */
const SLOTS = 6;

/** Memory that the threads share for a `FailureStore`. */
export function newFailureSlots(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Where a thread leaves the descriptors of the program that counts failures to the thread that takes its place, so that the
 * counts go on. They are closed when the process ends, whatever ended the thread.
 */
export class FailureStore {
  /** Each a descriptor plus 2; 0 where nothing is stored. */
  readonly #slots: Int32Array;

  /** `slots` is what `newFailureSlots()` returned. */
  constructor(slots: Int32Array) {
    this.#slots = slots;
  }

  /** Undefined where there are none. */
  load(): FailureDescriptors | undefined {
    const [connect = 0, bind = 0, byNamespace = 0, byEndpoint = 0, byProcess = 0, lost = 0] =
      this.#slots;
    if (connect === 0) return undefined;
    return [connect - 2, bind - 2, byNamespace - 2, byEndpoint - 2, byProcess - 2, lost - 2];
  }

  save(descriptors: FailureDescriptors): void {
    for (const [slot, fd] of descriptors.entries()) {
      keepDescriptor(fd);
      this.#slots[slot] = fd + 2;
    }
  }

  clear(): void {
    this.#slots.fill(0);
  }
}
