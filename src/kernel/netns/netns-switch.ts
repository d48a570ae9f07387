import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, KernelFileError } from '../proc/kernel-file.ts';
import { libc } from '../libc.ts';

const CLONE_NEWNET = 0x40000000;
const [AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_NETNS_COOKIE] = [1, 2, 1, 71];

/** What a refusal means. */
const NEEDS: Readonly<Record<string, string>> = {
  EACCES: 'not to be opened; that needs CAP_SYS_PTRACE',
  EPERM: 'not to be entered; that needs CAP_SYS_ADMIN',
  EINVAL: 'is no network namespace',
  ENOENT: 'has gone',
};

/** A namespace cannot be entered. */
export class EntryError extends KernelFileError {}

/**
 * Moves this thread to other network namespaces and back (setns(2)). Other threads stay, the main one
 * included: in there only `thread-self` is the namespace's, and only synchronous calls are this thread's.
 */
export class NetnsSwitch {
  readonly #home: number;

  private constructor(home: number) {
    this.#home = home;
  }

  /** `procfs` is where procfs is mounted. Throws `KernelError`, an `EntryError` where this thread must not move. */
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
   * Calls `visit` in the namespace that `path` stands for: a link such as `/proc/PID/ns/net`, or a file
   * under /run/netns. Throws `EntryError` where it has gone or must not be entered.
   */
  within<T>(path: string, visit: () => T): T {
    const there = open(path);
    try {
      enter(there, path);
      try {
        return visit();
      } finally {
        this.#goHome();
      }
    } finally {
      closeSync(there);
    }
  }

  close(): void {
    closeSync(this.#home);
  }

  /** A thread that is lost among namespaces must not read on: no `KernelError`, so that it ends. */
  #goHome(): void {
    if (libc().setns(this.#home, CLONE_NEWNET) < 0) {
      throw new Error(
        `the way back to the own network namespace is barred (${libc().errnoName()})`,
      );
    }
  }
}

/**
 * A number of this thread's namespace that no other ever gets, before or after (`net->net_cookie`, since
 * Linux 5.14); 0 where the kernel has none.
 */
export function readNetnsCookie(): bigint {
  const fd = libc().socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return 0n;
  const result = libc().getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, COOKIE_BYTES);
  libc().close(fd);
  return result < 0 ? 0n : (COOKIE[0] ?? 0n);
}

const COOKIE = new BigUint64Array(1);
const COOKIE_BYTES = new Uint8Array(COOKIE.buffer);

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw refused(path, errnoOf(error));
  }
}

function enter(fd: number, path: string): void {
  if (libc().setns(fd, CLONE_NEWNET) < 0) throw refused(path, libc().errnoName());
}

function refused(path: string, errno: string): EntryError {
  return new EntryError(path, NEEDS[errno] ?? `cannot be entered (${errno})`, errno);
}
