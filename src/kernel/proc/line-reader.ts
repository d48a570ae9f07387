import { closeSync, readSync } from 'node:fs';
import { kernelFileError } from './kernel-file.ts';
import { openIfThere } from './open-if-there.ts';

const NEWLINE = 10;

/** Chosen: procfs fills a page of it at a time, and a table that was copied to a disk is read in few calls. */
const BUFFER_BYTES = 65_536;

/**
 * Buffers that no open file is using, to be used by the next: reads are synchronous, so that there are as
 * many as files are ever open at a time (two, the tables of both families), and not one per namespace.
 */
const idleBuffers: Buffer<ArrayBuffer>[] = [];

/**
 * The kernel hands out a page at a time (`seq_read_iter` in fs/seq_file.c), and no row of a socket table is
 * longer than 512 bytes. So a read that leaves room for another row was the last; one more would make the
 * kernel walk its whole hash table in vain.
 */
const FULL_PAGE_BYTES = 4096 - 512;

/**
 * Reads a procfs table line by line through one buffer, so that memory does not grow with the table. The
 * current line is `bytes[start, end)`, valid until the next `advance()` or `close()`.
 */
export class LineReader {
  readonly bytes = idleBuffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  start = 0;
  end = 0;
  /** Lines that did not fit the buffer, and a last one without its newline. */
  brokenLines = 0;
  /** The kernel was asked for the current line after this moment, in milliseconds of `performance.now()`. */
  readAfterMs = 0;

  readonly #path: string;
  readonly #fd: number;
  /** Whether the rows have one width. */
  readonly #isEven: boolean;
  #filled = 0;
  #next = 0;
  #width = 0;
  /** Whether it is inside a line that did not fit, the rest of which is dropped. */
  #overlong = false;
  #ended = false;

  private constructor(path: string, fd: number, isEven: boolean) {
    this.#path = path;
    this.#fd = fd;
    this.#isEven = isEven;
  }

  /**
   * Opens a table whose rows have one width, if need be with a few that differ. Undefined where the file
   * does not exist. Throws `KernelFileError`.
   */
  static open(path: string): LineReader | undefined {
    return openReader(path, (fd) => new LineReader(path, fd, true));
  }

  /**
   * As `open`, for a file whose rows differ in length. There the kernel ends a page before a row that does
   * not fit, so that only a read of nothing is the last.
   */
  static openUneven(path: string): LineReader | undefined {
    return openReader(path, (fd) => new LineReader(path, fd, false));
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

  /**
   * Ends the current line at its first newline. For a line that makes no sense: it may be two, the first
   * shorter than the rows before it.
   */
  resync(): void {
    this.#setLine(this.start, this.bytes.indexOf(NEWLINE, this.start));
  }

  /** Releases file and buffer. To be called once. */
  close(): void {
    closeSync(this.#fd);
    idleBuffers.push(this.bytes);
  }

  #setLine(start: number, newline: number): void {
    this.start = start;
    this.end = newline;
    this.#next = newline + 1;
  }

  /**
   * Where rows have one width, the newline is nearly always where the last line had it. To look there first
   * saves a call of `indexOf` for each row.
   */
  #newlineAfter(from: number): number {
    const guess = from + this.#width;
    if (guess < this.#filled && this.bytes[guess] === NEWLINE) return guess;
    const found = this.bytes.indexOf(NEWLINE, from);
    if (found < 0 || found >= this.#filled) return -1;
    if (this.#isEven) this.#width = found - from;
    return found;
  }

  /** Moves the unfinished line to the front and reads on; false at the end of the file. */
  #refill(from: number): boolean {
    const kept = this.#keepTail(from);
    const read = this.#ended ? 0 : this.#read(kept);
    const lastBelow = this.#isEven ? FULL_PAGE_BYTES : 1;
    this.#ended = read < Math.min(lastBelow, this.bytes.length - kept);
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
    // Of a line that began in the last read, that one's moment holds.
    if (offset === 0) this.readAfterMs = performance.now();
    try {
      return readSync(this.#fd, this.bytes, offset, this.bytes.length - offset, null);
    } catch (error) {
      throw kernelFileError(this.#path, error);
    }
  }
}

function openReader(path: string, create: (fd: number) => LineReader): LineReader | undefined {
  try {
    const fd = openIfThere(path);
    return fd === undefined ? undefined : create(fd);
  } catch (error) {
    throw kernelFileError(path, error);
  }
}
