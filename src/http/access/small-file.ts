import { constants, type BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { ConfigError } from '../../config/config-error.ts';

/** Chosen: a certificate with its chain has a few thousand bytes, a bundle of all public authorities 250,000. */
const MAX_BYTES = 512 * 1024;

/** The text of a regular file, of bounded length. Throws `ConfigError`. */
export async function readSmallFile(path: string): Promise<string> {
  try {
    // Without waiting for anybody at the other end, as of a named pipe (open(2), O_NONBLOCK).
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new ConfigError(`${path}: expected a regular file`);
      if (stats.size > MAX_BYTES)
        throw new ConfigError(`${path}: expected ${MAX_BYTES} bytes at most`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${path}: cannot be read (${String(error)})`, { cause: error });
  }
}

/** What tells whether one of the files has been written or replaced since; a text for each file. Never throws. */
export function identitiesOf(paths: readonly string[]): Promise<readonly string[]> {
  return Promise.all(paths.map(identityOf));
}

async function identityOf(path: string): Promise<string> {
  const stats: BigIntStats | undefined = await stat(path, { bigint: true }).catch(() => undefined);
  if (stats === undefined) return 'not there';
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
