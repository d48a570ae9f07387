import { wholeNumber } from '../whole-number.ts';
import { KernelFileError, readKernelFile } from './kernel-file.ts';

/** The whole number that a file holds, as a sysctl does; undefined where there is no such file. Throws `KernelFileError`. */
export function readNumberFile(path: string): number | undefined {
  const text = readKernelFile(path);
  if (text === undefined) return undefined;
  const value = wholeNumber(text.trimEnd());
  if (value !== undefined) return value;
  throw new KernelFileError(
    path,
    `expected a whole number, found ${JSON.stringify(text.slice(0, 60))}`,
  );
}
