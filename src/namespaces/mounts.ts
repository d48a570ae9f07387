import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readOr } from '../kernel/shortage.ts';

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
 * mounted. A folder that must not be read counts as empty. Throws `KernelFileError` where descriptors or memory
 * are short.
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
  const names = readOr(folder, [], () => readdirSync(folder));
  return names.flatMap((name) => mountOf(name, join(folder, name)));
}

function mountOf(name: string, path: string): readonly NetnsMount[] {
  return readOr(path, [], () => {
    if (statfsSync(path).type !== NSFS_MAGIC) return [];
    return [{ name, path, nsInode: String(statSync(path).ino) }];
  });
}
