import { type Dirent, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readOr } from '../shortage.ts';

/** `CGROUP2_SUPER_MAGIC` of include/uapi/linux/magic.h. */
const CGROUP2_MAGIC = 0x63677270;

/** The inode of the root of the whole tree; that of a cgroup namespace is another (`kernfs_create_root`). */
const ROOT_INODE = 1;

/** kernfs counts two links and one for each child: a directory with two has no cgroup in it (`kernfs_refresh_inode`). */
const LEAF_LINKS = 2;

/** Where a cgroup2 tree is mounted, or why there is none that can be used. */
export type CgroupMount =
  { readonly root: string; readonly problem: '' } | { readonly root: ''; readonly problem: string };

/**
 * The cgroup2 tree at `path`, or at `unified` in it, where hosts with both versions have it. Throws `KernelFileError`
 * where memory is short.
 */
export function findCgroupMount(path: string): CgroupMount {
  const root = [path, join(path, 'unified')].find(isCgroup2);
  if (root === undefined) {
    return { root: '', problem: `${path}: no cgroup2 tree; --path.cgroupfs must name the host's` };
  }
  const isWhole = readOr(root, 0, () => statSync(root).ino) === ROOT_INODE;
  return isWhole
    ? { root, problem: '' }
    : { root: '', problem: `${root}: only a part of the cgroup2 tree; mount the host's read-only` };
}

function isCgroup2(path: string): boolean {
  return readOr(path, false, () => statfsSync(path).type === CGROUP2_MAGIC);
}

/** One cgroup: the inode of its directory, and its path below the root, which begins with `/`. */
export interface Cgroup {
  readonly id: number;
  readonly path: string;
}

/**
 * All cgroups below the root, parents first: one that is found costs a few system calls, so that whoever looks for one
 * can stop. What has gone meanwhile is left out. Throws `KernelFileError` where descriptors or memory are short.
 */
export function* walkCgroups(root: string): Generator<Cgroup> {
  const waiting = ['/'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const directory = join(root, path);
    const stat = readOr(directory, undefined, () => statSync(directory));
    if (stat === undefined) continue;
    yield { id: stat.ino, path };
    if (stat.nlink > LEAF_LINKS) waiting.push(...childrenOf(directory, path));
  }
}

function childrenOf(directory: string, path: string): readonly string[] {
  const entries = readOr<readonly Dirent[]>(directory, [], () =>
    readdirSync(directory, { withFileTypes: true }),
  );
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
