import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Which network namespace is being read. */
export interface NetnsIdentity {
  /** `host`, or the inode of its `net/tcp`, which every privilege tier can read. */
  readonly netns: string;
  /** The number that `lsns` and `ls -l /proc/PID/ns/net` show; empty where it is out of sight. */
  readonly nsInode: string;
}

/** `host` is PID 1's namespace, or the exporter's own where PID 1 is out of sight. */
export const HOST = 'host';

/** The namespace of the exporter itself, under the procfs mount `procfs`. */
export function ownNetns(procfs: string): NetnsIdentity {
  const own = inodeOf(join(procfs, 'self/net/tcp'));
  const first = inodeOf(join(procfs, '1/net/tcp'));
  const isHost = own === undefined || first === undefined || own === first;
  return { netns: isHost ? HOST : own, nsInode: nsInodeOf(join(procfs, 'self/ns/net')) };
}

function inodeOf(path: string): string | undefined {
  try {
    return String(statSync(path).ino);
  } catch {
    return undefined;
  }
}

/** The link reads `net:[4026531840]`. */
function nsInodeOf(path: string): string {
  try {
    return /\[(\d+)\]/.exec(readlinkSync(path))?.[1] ?? '';
  } catch {
    return '';
  }
}
