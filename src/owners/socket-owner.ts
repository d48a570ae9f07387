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
const MAX_MS = 5000;

export interface FoundSocketOwners {
  /** In the order of the sockets. */
  readonly owners: readonly SocketOwner[];
  /** Whether time ran out before all was looked through. */
  readonly isUnfinished: boolean;
}

/** The owners of sockets, as found within five seconds. A saved procfs tells no processes. Throws `KernelFileError`. */
export function ownersOfSockets(
  sockets: readonly OpenSocket[],
  { procfs, cgroupfs, podLogs }: SocketOwnersOptions,
): FoundSocketOwners {
  const startMs = performance.now();
  const isTimeLeft = (): boolean => performance.now() - startMs < MAX_MS;
  const inodes = new Set(sockets.map(({ inode }) => inode).filter((inode) => inode !== 0));
  const isLive = isProcfs(procfs);
  const processes = findProcesses(procfs, isLive ? inodes : new Set(), isTimeLeft);
  const groups = new CgroupGroups(cgroupfs, podLogs);
  const groupOf = ({ cgroupId }: OpenSocket): OwnerGroup | undefined =>
    cgroupId === undefined || !isLive ? undefined : groups.groupOf(cgroupId, startMs);
  for (const socket of sockets) groupOf(socket);
  groups.search(isTimeLeft, startMs);
  const owners = sockets.map((socket) => ({
    process: processes.found.get(socket.inode),
    group: groupOf(socket),
    uid: socket.uid,
  }));
  return { owners, isUnfinished: processes.isUnfinished || groups.isSearching };
}
