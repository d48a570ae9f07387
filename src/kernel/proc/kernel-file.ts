import { closeSync, openSync, readSync } from 'node:fs';
import { KernelError } from '../kernel-error.ts';

/** A kernel file could not be read, or does not hold what Linux writes there. */
export class KernelFileError extends KernelError {
  override readonly name = 'KernelFileError';
  readonly path: string;

  constructor(path: string, problem: string, errno = '') {
    super(path, problem, errno);
    this.path = path;
  }
}

/** The errno name of a file system error, such as `ENOENT`; empty for any other error. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Turns what a failed system call threw into an error that names the file. */
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
  return new KernelFileError(
    path,
    hints[errno] ?? `cannot be read (${errno || String(error)})`,
    errno,
  );
}

/** Larger than any file read here: 65,536 reserved ports, none beside another, take 190 KB. */
const BUFFER = Buffer.allocUnsafeSlow(524_288);

/**
 * A kernel file as text; undefined where this kernel does not have it. Read by one system call: a sysctl
 * answers the first only (`proc_do_large_bitmap` in kernel/sysctl.c), whatever is left.
 */
export function readKernelFile(path: string): string | undefined {
  try {
    const fd = openSync(path, 'r');
    try {
      return BUFFER.toString('latin1', 0, readWhole(path, fd));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw kernelFileError(path, error);
  }
}

function readWhole(path: string, fd: number): number {
  const length = readSync(fd, BUFFER, 0, BUFFER.length, null);
  if (length < BUFFER.length) return length;
  throw new KernelFileError(path, `expected less than ${BUFFER.length} bytes`);
}
