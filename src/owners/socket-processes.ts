import { listProcesses, readBirth } from '../kernel/proc/pid.ts';
import { socketInodesOf } from '../kernel/proc/process-sockets.ts';
import type { OwnerProcess } from './owner.ts';
import type { IsTimeLeft } from './time-left.ts';

/**
 * The processes that have sockets open, by the inodes of the sockets; those of other users are found with CAP_SYS_PTRACE alone. The first
 * process, by its pid, is the one. Throws `KernelFileError` where descriptors or memory are short.
 */
export function findProcesses(
  procfs: string,
  inodes: ReadonlySet<number>,
  isTimeLeft: IsTimeLeft,
): ReadonlyMap<number, OwnerProcess> {
  const found = new Map<number, OwnerProcess>();
  for (const pid of listProcesses(procfs)) {
    if (found.size === inodes.size || !isTimeLeft()) break;
    for (const inode of socketInodesOf(procfs, pid)) {
      if (inode === undefined || !inodes.has(inode) || found.has(inode)) continue;
      found.set(inode, { pid, command: readBirth(procfs, pid)?.command ?? '' });
    }
  }
  return found;
}
