import { isProcfs } from '../kernel/proc/procfs.ts';
import { CgroupGroups } from './groups.ts';
import type { OwnerGroup, OwnerProcess } from './owner.ts';
import { findProcesses } from './socket-processes.ts';

/** Who has one socket open, as far as it is known. */
export interface SocketOwner {
  readonly process: OwnerProcess | undefined;
  readonly group: OwnerGroup | undefined;
  readonly uid: number | undefined;
}

/** What is known of a socket. */
interface OpenSocket {
  readonly inode: number;
  readonly uid: number | undefined;
  readonly cgroupId: number | undefined;
}

export interface SocketOwnersOptions {
  readonly procfs: string;
  readonly cgroupfs: string;
  readonly podLogs: string;
}

/** What a person waits for at most. Chosen. */
const MAX_MS = 1000;

/** The owners of sockets, in their order, as found within a second. A saved procfs tells no processes. Throws `KernelFileError`. */
export function ownersOfSockets(
  sockets: readonly OpenSocket[],
  { procfs, cgroupfs, podLogs }: SocketOwnersOptions,
): readonly SocketOwner[] {
  const startMs = performance.now();
  const isTimeLeft = (): boolean => performance.now() - startMs < MAX_MS;
  const inodes = new Set(sockets.map(({ inode }) => inode).filter((inode) => inode !== 0));
  const isLive = isProcfs(procfs);
  const processes = isLive ? findProcesses(procfs, inodes, isTimeLeft) : new Map<number, never>();
  const groups = new CgroupGroups(cgroupfs, podLogs);
  const groupOf = ({ cgroupId }: OpenSocket): OwnerGroup | undefined =>
    cgroupId === undefined || !isLive ? undefined : groups.groupOf(cgroupId, startMs);
  for (const socket of sockets) groupOf(socket);
  groups.search(isTimeLeft, startMs);
  return sockets.map((socket) => ({
    process: processes.get(socket.inode),
    group: groupOf(socket),
    uid: socket.uid,
  }));
}
