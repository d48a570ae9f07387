import { KernelFileError } from './kernel-file.ts';

/**
 * Chosen: while a table changes, single rows of it can be cut. So few malformed rows do not show that the
 * file is no socket table, however short it is.
 */
const TOLERATED_ROWS = 8;

/** Throws `KernelFileError` where most rows are malformed, so that `path` is no socket table. */
export function assertSocketTable(
  path: string,
  { rows, malformedRows }: { readonly rows: number; readonly malformedRows: number },
): void {
  if (malformedRows > Math.max(TOLERATED_ROWS, rows)) {
    throw new KernelFileError(path, 'most rows are unreadable; expected a socket table');
  }
}
