import { errnoOf } from './errno.ts';
import { kernelFileError } from './proc/kernel-file.ts';

/** Nothing is wrong with what was asked for: no descriptor or no memory was left, for this process or the machine. */
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/** Whether an error, by its errno name, tells nothing about the file or the process that was asked for. */
export function isShortage(errno: string): boolean {
  return SHORTAGES.has(errno);
}

/**
 * What `read` returns; `otherwise` where it throws, because `path` is not there or must not be read. Throws
 * `KernelFileError` where descriptors or memory were short: then it may well be there.
 */
export function readOr<T>(path: string, otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isShortage(errnoOf(error))) throw kernelFileError(path, error);
    return otherwise;
  }
}
