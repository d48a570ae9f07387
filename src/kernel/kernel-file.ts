import { readFileSync } from 'node:fs';

/** A kernel file could not be read, or does not hold what Linux writes there. */
export class KernelFileError extends Error {
  override readonly name = 'KernelFileError';
  readonly path: string;
  /** The errno name where a system call refused; empty where the content was wrong. */
  readonly errno: string;

  constructor(path: string, problem: string, errno = '') {
    super(`${path}: ${problem}`);
    this.path = path;
    this.errno = errno;
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
  };
  const errno = errnoOf(error);
  return new KernelFileError(
    path,
    hints[errno] ?? `cannot be read (${errno || String(error)})`,
    errno,
  );
}

/** A small kernel file as text; undefined where this kernel does not have it. */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw kernelFileError(path, error);
  }
}
