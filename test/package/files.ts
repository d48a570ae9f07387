import { execFileSync } from 'node:child_process';

/** What dpkg, apt, the linker and the journal write about any package. */
const BOOKKEEPING = [
  './dev',
  './packages',
  './proc',
  './run',
  './sys',
  './tmp',
  './etc/ld.so.cache',
  './var/cache',
  './var/lib/apt',
  './var/lib/dpkg',
  './var/log',
];

/** All files of a root file system, in the order of the alphabet. */
export function listFiles(root: string): readonly string[] {
  const pruned = BOOKKEEPING.flatMap((path) => ['-o', '-path', path]).slice(1);
  const found = execFileSync(
    'find',
    ['.', '-xdev', '(', ...pruned, ')', '-prune', '-o', '-print'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return found.trimEnd().split('\n').sort();
}
