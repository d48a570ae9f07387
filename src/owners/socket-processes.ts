import { readBirth } from '../kernel/proc/pid.ts';
import { OpenFiles } from './open-files.ts';
import type { OwnerProcess } from './owner.ts';
import type { IsTimeLeft } from './time-left.ts';

/**
 * The processes that have sockets open, by the inodes of the sockets; those of other users are found with CAP_SYS_PTRACE alone. The first
 * process, by its pid, is the one. `isUnfinished`: time ran out before all were looked through. Throws `KernelFileError` where descriptors or memory are short.
 */
export function findProcesses(
  procfs: string,
  inodes: ReadonlySet<number>,
  isTimeLeft: IsTimeLeft,
): {
  readonly found: ReadonlyMap<number, OwnerProcess>;
  readonly isUnfinished: boolean;
} {
  const found = new Map<number, OwnerProcess>();
  if (inodes.size === 0) return { found, isUnfinished: false };
  const files = new OpenFiles(procfs);
  try {
    for (const { pid, inode } of files.list()) {
      if (!isTimeLeft()) return { found, isUnfinished: true };
      if (inode === undefined || !inodes.has(inode) || found.has(inode)) continue;
      found.set(inode, { pid, command: readBirth(procfs, pid)?.command ?? '' });
      if (found.size === inodes.size) break;
    }
  } finally {
    files.close();
  }
  return { found, isUnfinished: false };
}
