import { closeSync, readSync } from 'node:fs';
import { errnoOf } from '../errno.ts';
import { KernelError } from '../kernel-error.ts';
import { openIfThere } from './open-if-there.ts';

/** A file of procfs could not be read, or does not hold what Linux writes there. */
export class KernelFileError extends KernelError {
  override readonly name = 'KernelFileError';
  readonly path: string;

  constructor(path: string, problem: string, errno = '', options?: ErrorOptions) {
    super(path, problem, errno, options);
    this.path = path;
  }
}

/** Wraps what a failed system call threw into an error that names the file. */
export function kernelFileError(path: string, error: unknown): KernelFileError {
  if (error instanceof KernelFileError) return error;
  const hints: Readonly<Record<string, string>> = {
    ENOENT: 'not found; --path.procfs must name a mounted procfs',
    EACCES: 'permission denied; the exporter must be able to read it',
    EISDIR: 'is a directory; expected a kernel file',
    ELOOP: 'is a symbolic link to itself; expected a kernel file',
    ENOTDIR: 'not found; --path.procfs must name a mounted procfs',
  };
  const errno = errnoOf(error);
  const problem = hints[errno] ?? `cannot be read (${errno || String(error)})`;
  return new KernelFileError(path, problem, errno, { cause: error });
}

/**
 * For nearly every file. To read a sysctl the kernel allocates and clears as much memory as is asked for
 * (`proc_sys_call_handler` in fs/proc/proc_sysctl.c): 10 µs a file with this size, 40 µs with the large one.
 * `net/netstat` is the longest of the others; with its 4 KiB of names and numbers it must not be read twice.
 */
const SMALL = Buffer.allocUnsafeSlow(8192);

/** For any file that is read here: 65,536 reserved ports, none beside another, take 190 KB. */
const LARGE = Buffer.allocUnsafeSlow(524_288);

/**
 * A kernel file as text; undefined where this kernel does not have it. Throws `KernelFileError`.
 *
 * The file is read by one system call, because a sysctl answers only the first (`proc_do_large_bitmap` in
 * kernel/sysctl.c). One that fills the small buffer is opened anew and read with the large one.
 */
export function readKernelFile(path: string): string | undefined {
  try {
    const read = readInto(SMALL, path);
    return read === TOO_LONG ? readLong(path) : read;
  } catch (error) {
    throw kernelFileError(path, error);
  }
}

const TOO_LONG = Symbol('longer than the buffer');

function readLong(path: string): string | undefined {
  const read = readInto(LARGE, path);
  return read === TOO_LONG ? throwTooLong(path) : read;
}

/** Undefined where the file does not exist. */
function readInto(buffer: Buffer, path: string): string | typeof TOO_LONG | undefined {
  const fd = openIfThere(path);
  if (fd === undefined) return undefined;
  try {
    const length = readSync(fd, buffer, 0, buffer.length, null);
    return length < buffer.length ? buffer.toString('latin1', 0, length) : TOO_LONG;
  } finally {
    closeSync(fd);
  }
}

function throwTooLong(path: string): never {
  throw new KernelFileError(path, `expected less than ${LARGE.length} bytes`);
}
