import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/** Chosen: 18,000 names of remote endpoints, and not so much that reading it takes long. */
const MAX_BYTES = 1_048_576;

/** Chosen: whoever writes a file in pieces comes to the end, or goes on, within this time. */
const SETTLE_MS = 200;

/** Chosen: whoever empties a file to write it anew has begun to write within this time. */
const EMPTY_MS = 2000;

/** Chosen: a file that is written all the time is taken as it is after this time. */
const MAX_WAIT_MS = 5000;

/** The content of a file, and what tells whether it has been written or replaced since. */
export interface FileContent {
  readonly text: string;
  readonly hash: string;
  readonly identity: string;
}

interface Reading {
  readonly bytes: Buffer;
  readonly stats: BigIntStats;
}

/** Changes with each change of the file that `stats` are of, also where another file took its place. */
export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** The file as it is now. Blocks this thread while the file system does. Throws `ConfigError`. */
export function readFileNow(path: string): FileContent {
  return contentOf(path, read(path));
}

/**
 * The file once nobody has written it for a moment. An empty one is waited for, because it is nearly always about to be
 * written. Blocks this thread meanwhile. Throws `ConfigError`.
 */
export function readFileSettled(path: string): FileContent {
  const startMs = performance.now();
  for (;;) {
    const reading = read(path);
    const waitedMs = performance.now() - startMs;
    if (waitedMs > MAX_WAIT_MS || isSettled(reading, waitedMs)) return contentOf(path, reading);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLE_MS / 4);
  }
}

/** A time of change in the future, as a clock that was set back leaves it, says nothing. */
function isSettled({ bytes, stats }: Reading, waitedMs: number): boolean {
  if (bytes.length === 0 && waitedMs < EMPTY_MS) return false;
  const ageMs = Date.now() - Number(stats.mtimeNs / 1_000_000n);
  return ageMs < 0 || ageMs > SETTLE_MS;
}

/**
 * Opened without waiting for anybody at the other end, as of a named pipe (open(2), O_NONBLOCK). A device or a pipe is
 * not read: there is no telling when it ends.
 */
function read(path: string): Reading {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile()) throw new ConfigError(`${path}: expected a regular file`);
      return { bytes: readAll(path, fd), stats };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${path}: cannot be read (${String(error)})`, { cause: error });
  }
}

function readAll(path: string, fd: number): Buffer {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (;;) {
    const read = readSync(fd, buffer, length, buffer.length - length, length);
    length += read;
    if (length > MAX_BYTES) throw new ConfigError(`${path}: expected ${MAX_BYTES} bytes at most`);
    if (read === 0) return buffer.subarray(0, length);
  }
}

function contentOf(path: string, { bytes, stats }: Reading): FileContent {
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { text: decode(path, bytes, hash), hash, identity: identityOf(stats) };
}

/** Throws `ConfigError` with the line of the first byte that is not UTF-8. */
function decode(path: string, bytes: Buffer, hash: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = firstDifference(bytes, Buffer.from(bytes.toString('utf8')));
    const line = bytes.subarray(0, offset).toString('latin1').split('\n').length;
    const byte = `0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}`;
    const problem = `expected UTF-8, found the byte ${byte} at offset ${offset}`;
    throw new ConfigError(`${path}:${line}: ${problem}`, { cause, hash });
  }
}

/** Where two texts begin to differ: a byte that is no UTF-8 is replaced when it is decoded. */
function firstDifference(bytes: Buffer, others: Buffer): number {
  return bytes.findIndex((byte, index) => byte !== others[index]);
}
