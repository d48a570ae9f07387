import { readlinkSync, statSync } from 'node:fs';
import { readOr } from '../shortage.ts';

/** What a network namespace is called, and whose it is. */
export interface NetnsIdentity {
  /** `host`, or the inode of its `net/tcp`, which can be read without any privilege. */
  readonly netns: string;
  /** The inode that `lsns` and `ls -l /proc/PID/ns/net` show; empty where it cannot be read. */
  readonly nsInode: string;
  /** The Kubernetes pod; both empty where it is none, or not known. */
  readonly podNamespace: string;
  readonly podName: string;
  /** The name under /run/netns, or of the first process seen in it; empty where there is neither. */
  readonly name: string;
  /** The container that its first process is in; empty where there is none. */
  readonly containerId: string;
}

/** `NetnsIdentity.netns` of PID 1's namespace, or of the exporter's own where PID 1 cannot be seen. */
export const HOST = 'host';

/**
 * The inode of `tcp` in a procfs `net` directory: one number for each namespace, which the kernel uses again
 * soon after the namespace has ended (`proc_alloc_inum` in fs/proc/generic.c). 0 where it cannot be seen. Throws
 * `KernelFileError` where memory is short.
 */
export function readNetInode(netDirectory: string): number {
  const path = `${netDirectory}/tcp`;
  return readOr(path, 0, () => statSync(path, { throwIfNoEntry: false })?.ino ?? 0);
}

/**
 * The inode in a link such as `/proc/PID/ns/net`, which reads `net:[4026531840]`. It is another number than
 * `readNetInode` returns, and is used again as well. Empty where the link must not be read. Throws
 * `KernelFileError` where memory is short.
 */
export function readNsInode(path: string): string {
  const link = readOr(path, '', () => readlinkSync(path));
  return /\[(\d+)\]/.exec(link)?.[1] ?? '';
}
