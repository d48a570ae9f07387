import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readOr } from '../shortage.ts';

const SOCKET = /^socket:\[(\d+)\]$/;

/**
 * The inodes of the sockets that a process has open, one after the other, by the links in /proc/PID/fd (`sockfs_dname` in
 * net/socket.c). To read them takes the same user or CAP_SYS_PTRACE; none where it may not be. Undefined stands for
 * an open file that is no socket, so that whoever counts the cost sees it too. Throws `KernelFileError` where
 * descriptors or memory are short.
 */
export function* socketInodesOf(procfs: string, pid: number): Generator<number | undefined> {
  const directory = join(procfs, String(pid), 'fd');
  for (const fd of readOr(directory, [], () => readdirSync(directory))) {
    const path = join(directory, fd);
    const inode = SOCKET.exec(readOr(path, '', () => readlinkSync(path)))?.[1];
    yield inode === undefined ? undefined : Number(inode);
  }
}
