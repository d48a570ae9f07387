import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A namespace that was given a name: a file under /run/netns, as `ip netns add` makes it. */
export interface NetnsMount {
  readonly name: string;
  readonly path: string;
  /** The inode that `lsns` shows. */
  readonly nsInode: string;
}

/** `NSFS_MAGIC` of include/uapi/linux/magic.h. A file of another file system is left over from a mount. */
const NSFS_MAGIC = 0x6e736673;

/** PID 1's view first: the exporter may be in a mount namespace of its own. */
const FOLDERS = ['1/root/run/netns', 'self/root/run/netns'];

/**
 * The named network namespaces, each once, though it may have several names. `procfs` is where procfs is
 * mounted. A folder that must not be read counts as empty.
 */
export function listMounts(procfs: string): readonly NetnsMount[] {
  const found = new Map<string, NetnsMount>();
  for (const folder of FOLDERS) {
    for (const mount of mountsIn(join(procfs, folder))) {
      if (!found.has(mount.nsInode)) found.set(mount.nsInode, mount);
    }
  }
  return [...found.values()];
}

function mountsIn(folder: string): readonly NetnsMount[] {
  try {
    return readdirSync(folder).flatMap((name) => mountOf(name, join(folder, name)));
  } catch {
    return [];
  }
}

function mountOf(name: string, path: string): readonly NetnsMount[] {
  try {
    if (statfsSync(path).type !== NSFS_MAGIC) return [];
    return [{ name, path, nsInode: String(statSync(path).ino) }];
  } catch {
    return [];
  }
}
