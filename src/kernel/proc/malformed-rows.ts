import { KernelFileError } from './kernel-file.ts';

/** Beyond this many damaged rows, and more of them than whole ones, a file is no socket table. */
const TOLERATED_DAMAGE = 8;

/** Throws `KernelFileError` where so many rows are damaged that `path` is something else. */
export function assertSocketTable(
  path: string,
  { rows, malformedRows }: { readonly rows: number; readonly malformedRows: number },
): void {
  if (malformedRows > Math.max(TOLERATED_DAMAGE, rows)) {
    throw new KernelFileError(path, 'most rows are unreadable; expected a socket table');
  }
}
