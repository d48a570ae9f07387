import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../errno.ts';
import { KernelError } from '../kernel-error.ts';
import { isShortage } from '../shortage.ts';
import { KernelFileError } from '../proc/kernel-file.ts';
import { libc } from '../libc.ts';

const CLONE_NEWNET = 0x40000000;
const [AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_NETNS_COOKIE] = [1, 2, 1, 71];

/** What an error of open(2) or setns(2) means here. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'cannot be opened; that needs CAP_SYS_PTRACE',
  EPERM: 'cannot be entered; that needs CAP_SYS_ADMIN',
  EINVAL: 'is no network namespace',
  ENOENT: 'no longer exists',
};

/** A namespace cannot be entered. */
export class EntryError extends KernelFileError {}

/**
 * Moves this thread into other network namespaces and back (setns(2)). All other threads stay where they are.
 * Inside, only `/proc/thread-self` is that of the namespace, and only synchronous calls are made by this
 * thread.
 */
export class NetnsSwitch {
  /** A file descriptor of the namespace to return to. */
  readonly #home: number;

  private constructor(home: number) {
    this.#home = home;
  }

  /**
   * `procfs` is where procfs is mounted. Throws `EntryError` where this thread may not change its namespace,
   * and `KernelError` without koffi.
   */
  static open(procfs: string): NetnsSwitch {
    const path = join(procfs, 'thread-self/ns/net');
    const home = open(path);
    try {
      enter(home, path);
    } catch (error) {
      closeSync(home);
      throw error;
    }
    return new NetnsSwitch(home);
  }

  /**
   * Calls `visit` in the namespace of `path`: a link such as `/proc/PID/ns/net`, or a file under /run/netns.
   * Throws `EntryError` where it no longer exists or must not be entered, and what `visit` throws.
   */
  within<T>(path: string, visit: () => T): T {
    const target = open(path);
    try {
      enter(target, path);
      try {
        return visit();
      } finally {
        this.#returnHome();
      }
    } finally {
      closeSync(target);
    }
  }

  close(): void {
    closeSync(this.#home);
  }

  /** A thread that cannot return must not read on. So this is no `KernelError`: it ends the thread. */
  #returnHome(): void {
    if (libc().setns(this.#home, CLONE_NEWNET) < 0) {
      const errno = libc().errnoName();
      throw new Error(`cannot return to the exporter's own network namespace (${errno})`);
    }
  }
}

/**
 * The cookie of the namespace that this thread is in: a number that no other namespace gets until the next
 * boot (`net->net_cookie`, since Linux 5.14). 0 where the kernel has none. Throws `KernelError` where
 * descriptors or memory are short.
 */
export function readNetnsCookie(): bigint {
  const fd = libc().socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return noCookie(libc().errnoName());
  const result = libc().getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, COOKIE_BYTES);
  libc().close(fd);
  return result < 0 ? 0n : (COOKIE[0] ?? 0n);
}

function noCookie(errno: string): bigint {
  if (!isShortage(errno)) return 0n;
  throw new KernelError('socket(AF_UNIX)', `no socket can be opened (${errno})`, errno);
}

const COOKIE = new BigUint64Array(1);
const COOKIE_BYTES = new Uint8Array(COOKIE.buffer);

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw entryError(path, errnoOf(error), { cause: error });
  }
}

function enter(fd: number, path: string): void {
  if (libc().setns(fd, CLONE_NEWNET) < 0) throw entryError(path, libc().errnoName());
}

function entryError(path: string, errno: string, options?: ErrorOptions): EntryError {
  return new EntryError(path, PROBLEMS[errno] ?? `cannot be entered (${errno})`, errno, options);
}
