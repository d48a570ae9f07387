import { readlinkSync, statSync } from 'node:fs';

/** Which network namespace is being read, and whose it is. */
export interface NetnsIdentity {
  /** `host`, or the inode of its `net/tcp`, which every privilege tier can read. */
  readonly netns: string;
  /** The number that `lsns` and `ls -l /proc/PID/ns/net` show; empty where it is out of sight. */
  readonly nsInode: string;
  /** The Kubernetes pod; both empty where it is none, or not known. */
  readonly podNamespace: string;
  readonly podName: string;
  /** The name under /run/netns, or of the first process seen in it; empty where there is neither. */
  readonly name: string;
  /** The container that its first process is in; empty where there is none. */
  readonly containerId: string;
}

/** `host` is PID 1's namespace, or the exporter's own where PID 1 is out of sight. */
export const HOST = 'host';

/**
 * The inode of a procfs `net` directory's `tcp`: one number for each namespace, which the kernel uses again
 * soon after the namespace has died (`proc_alloc_inum` in fs/proc/generic.c). 0 where it cannot be seen.
 */
export function readNetInode(netDirectory: string): number {
  try {
    return statSync(`${netDirectory}/tcp`, { throwIfNoEntry: false })?.ino ?? 0;
  } catch {
    return 0;
  }
}

/** The number in a link such as `/proc/PID/ns/net`, which reads `net:[4026531840]`; empty where denied. */
export function readNsInode(path: string): string {
  try {
    return /\[(\d+)\]/.exec(readlinkSync(path))?.[1] ?? '';
  } catch {
    return '';
  }
}
