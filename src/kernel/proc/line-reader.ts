import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf, kernelFileError } from './kernel-file.ts';

const NEWLINE = 10;
const BUFFER_BYTES = 65_536;

/**
 * The kernel hands out a page at a time (`seq_read_iter` in fs/seq_file.c). A read with room left for
 * another line was the last; to ask once more would make the kernel walk all its hash table in vain.
 */
const FULL_PAGE = 4096 - 512;

/**
 * Streams a procfs table line by line through one buffer, so that memory does not grow with the table.
 * A line is `bytes[start, end)`, valid until the next `advance()`.
 */
export class LineReader {
  readonly bytes: Buffer;
  start = 0;
  end = 0;
  /** Lines that did not fit the buffer, and a last one without its newline. */
  brokenLines = 0;

  readonly #path: string;
  readonly #fd: number;
  /** A read of fewer bytes was the last. */
  readonly #lastBelow: number;
  #filled = 0;
  #next = 0;
  #width = 0;
  /** Inside a line that did not fit: what is left of it is dropped. */
  #overlong = false;
  #ended = false;

  private constructor(path: string, fd: number, bytes: Buffer, lastBelow: number) {
    this.#path = path;
    this.#fd = fd;
    this.bytes = bytes;
    this.#lastBelow = lastBelow;
  }

  /** Opens `path`; undefined where the file does not exist. Throws `KernelFileError`. */
  static open(
    path: string,
    bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES),
    lastBelow = FULL_PAGE,
  ): LineReader | undefined {
    try {
      return new LineReader(path, openSync(path, 'r'), bytes, lastBelow);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw kernelFileError(path, error);
    }
  }

  /**
   * As `open`, for a file whose records differ in length: the kernel ends a page before a record that does
   * not fit, so that only a read of nothing is the last.
   */
  static openUneven(path: string, bytes: Buffer<ArrayBuffer>): LineReader | undefined {
    return LineReader.open(path, bytes, 1);
  }

  /** Moves to the next whole line; false at the end of the file. Throws `KernelFileError`. */
  advance(): boolean {
    let from = this.#next;
    for (;;) {
      const newline = this.#newlineAfter(from);
      if (newline >= 0 && !this.#overlong) {
        this.#setLine(from, newline);
        return true;
      }
      if (newline >= 0) {
        this.#overlong = false;
        from = newline + 1;
      } else {
        if (!this.#refill(from)) return false;
        from = 0;
      }
    }
  }

  /** Ends the current line at its first newline: the width of the line before was no guide. */
  resync(): void {
    this.#setLine(this.start, this.bytes.indexOf(NEWLINE, this.start));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #setLine(start: number, newline: number): void {
    this.start = start;
    this.end = newline;
    this.#next = newline + 1;
  }

  /**
   * Rows of a table have one width, so the newline is nearly always where the last line had it; looking
   * there first saves a call of `indexOf` for each row.
   */
  #newlineAfter(from: number): number {
    const guess = from + this.#width;
    if (guess < this.#filled && this.bytes[guess] === NEWLINE) return guess;
    const found = this.bytes.indexOf(NEWLINE, from);
    if (found < 0 || found >= this.#filled) return -1;
    this.#width = found - from;
    return found;
  }

  /** Moves the unfinished line to the front and reads on; false at the end of the file. */
  #refill(from: number): boolean {
    const kept = this.#keepTail(from);
    const read = this.#ended ? 0 : this.#read(kept);
    this.#ended = read < Math.min(this.#lastBelow, this.bytes.length - kept);
    this.#filled = kept + read;
    this.#next = 0;
    if (read > 0) return true;
    if (kept > 0 && !this.#overlong) this.brokenLines += 1;
    this.#filled = 0;
    return false;
  }

  #keepTail(from: number): number {
    const tail = this.#filled - from;
    if (tail >= this.bytes.length) {
      if (!this.#overlong) this.brokenLines += 1;
      this.#overlong = true;
      return 0;
    }
    this.bytes.copyWithin(0, from, this.#filled);
    return tail;
  }

  #read(offset: number): number {
    try {
      return readSync(this.#fd, this.bytes, offset, this.bytes.length - offset, null);
    } catch (error) {
      throw kernelFileError(this.#path, error);
    }
  }
}
