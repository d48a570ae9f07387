import { closeSync } from 'node:fs';

/**
 * The file descriptors that a thread has opened by system calls. Node.js closes those of its own calls when a thread ends
 * (`trackUnmanagedFds` in its worker_threads), but knows nothing of these. The list is in memory that another thread
 * can see, so that they can be closed whatever ended the thread.
 */
export class DescriptorList {
  /** 0, or a descriptor plus 1. */
  readonly #slots: Int32Array;

  /** `slots` is what `newSlots()` returned. */
  constructor(slots: Int32Array) {
    this.#slots = slots;
  }

  /** Notes a descriptor that was opened; a negative one, or one more than there is room for, is not noted. */
  add(fd: number): void {
    const free = this.#slots.indexOf(0);
    if (fd >= 0 && free >= 0) this.#slots[free] = fd + 1;
  }

  /** To be called before the descriptor is closed: afterwards another thread may have been given its number. */
  remove(fd: number): void {
    const slot = this.#slots.indexOf(fd + 1);
    if (slot >= 0) this.#slots[slot] = 0;
  }

  /** Closes those that are left. The thread must have ended. */
  closeAll(): void {
    for (const [slot, noted] of this.#slots.entries()) {
      this.#slots[slot] = 0;
      if (noted !== 0) close(noted - 1);
    }
  }
}

/** Chosen: a thread holds two sockets, and a few more while it is in another namespace. */
const SLOTS = 64;

/** Memory for a list that other threads can see. */
export function newSlots(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
}

function close(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    return;
  }
}
