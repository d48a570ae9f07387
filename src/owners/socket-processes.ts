import { listProcesses, readBirth } from '../kernel/proc/pid.ts';
import { socketInodesOf } from '../kernel/proc/process-sockets.ts';
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
  for (const { pid, inode } of openFiles(procfs)) {
    if (!isTimeLeft()) return { found, isUnfinished: true };
    if (inode === undefined || !inodes.has(inode) || found.has(inode)) continue;
    found.set(inode, { pid, command: readBirth(procfs, pid)?.command ?? '' });
    if (found.size === inodes.size) break;
  }
  return { found, isUnfinished: false };
}

function* openFiles(procfs: string): Generator<OpenFile> {
  for (const pid of listProcesses(procfs)) {
    for (const inode of socketInodesOf(procfs, pid)) yield { pid, inode };
  }
}

/** A file that a process has open. */
interface OpenFile {
  readonly pid: number;
  /** Undefined where it is no socket. */
  readonly inode: number | undefined;
}
