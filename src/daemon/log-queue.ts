import { writeSync } from 'node:fs';
import { errnoOf } from '../kernel/errno.ts';

/** Chosen: four times what a thousand alerts take that fire at once. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Chosen: a pipe of 64 KiB that is emptied each time takes 3 MB a second. */
const RETRY_MS = 20;

/** Chosen: the end of the process is not held up longer by a reader that does not read. */
const FLUSH_MS = 1000;

/**
 * Lines on their way to a descriptor, in their order. They are written at once where that is possible, so that the last
 * line before the process ends is not lost. What a pipe has no room for waits, up to a bound. A line that finds no room
 * there, or that cannot be written, as on a full disk, is lost, and counted.
 */
export class LogQueue {
  readonly #fd: number;
  readonly #onLoss: (lines: number) => void;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #lost = 0;
  /** Whether the last line could not be written. */
  #hasFailed = false;
  #timer: NodeJS.Timeout | undefined;

  /** `onLoss` is called with the number of lost lines when one can be written again. */
  constructor(fd: number, onLoss: (lines: number) => void) {
    this.#fd = fd;
    this.#onLoss = onLoss;
  }

  /** `line` ends with a newline. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > MAX_BYTES) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#timer === undefined) this.#drain();
  }

  /** Writes what waits before the process ends; a second at most. */
  flush(): void {
    const endMs = performance.now() + FLUSH_MS;
    while (this.#waiting.length > 0 && performance.now() < endMs) {
      this.#drain();
      if (this.#waiting.length > 0) pause(RETRY_MS / 4);
    }
  }

  /** Writes until the descriptor takes no more, then tries again later. */
  #drain(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      const written = this.#writeSome(bytes);
      if (written < bytes.length) {
        this.#waiting[0] = bytes.subarray(written);
        this.#waitingBytes -= written;
        this.#timer = setTimeout(() => {
          this.#drain();
        }, RETRY_MS).unref();
        return;
      }
      this.#waiting.shift();
      this.#waitingBytes -= bytes.length;
    }
    this.#sayLoss();
  }

  /** Bytes written; a line that cannot be written counts as written, and as lost. */
  #writeSome(bytes: Buffer): number {
    try {
      const written = writeSync(this.#fd, bytes);
      this.#hasFailed = false;
      return written;
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') return 0;
      this.#lost += 1;
      this.#hasFailed = true;
      return bytes.length;
    }
  }

  #sayLoss(): void {
    if (this.#lost === 0 || this.#hasFailed) return;
    const lost = this.#lost;
    this.#lost = 0;
    this.#onLoss(lost);
  }
}

/** Blocks this thread. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
