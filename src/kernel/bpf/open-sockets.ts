import { readSync } from 'node:fs';
import { errnoOf } from '../errno.ts';
import { libc, noteDescriptor } from '../libc.ts';
import { BpfError, BpfObject } from './bpf-object.ts';
import { libbpf } from './libbpf.ts';

/** More than the kernel hands out at once: eight pages (`bpf_seq_read` in kernel/bpf/bpf_iter.c). */
const BUFFER_BYTES = 32_768;

/** Words of `struct open_socket` in `open-sockets.bpf.c`. */
const RECORD_WORDS = 2;

/**
 * Lists the sockets that processes have open by the BPF program `open-sockets.bpf.c`: what /proc/PID/fd tells, at a tenth of
 * the cost. Nothing of it is pinned: it ends with its descriptor.
 */
export class OpenSockets {
  readonly #link: number;

  private constructor(link: number) {
    this.#link = link;
  }

  /** Loads the program. Throws `BpfError` where that cannot be. */
  static open(): OpenSockets {
    return BpfObject.use(
      'open-sockets',
      [],
      (object) => new OpenSockets(object.attachIterator('list_open_sockets')),
    );
  }

  /**
   * Each as the pid of its process, as the first pid namespace numbers it, and its inode; lowest pid first. A pass can be gone
   * on with later. Throws `BpfError`.
   */
  *pass(): Generator<{ readonly pid: number; readonly inode: number }> {
    const fd = libbpf().createIterator(this.#link);
    if (fd < 0) throw failure(libbpf().errnoName());
    noteDescriptor(fd);
    try {
      const words = new Uint32Array(BUFFER_BYTES / Uint32Array.BYTES_PER_ELEMENT);
      for (let end = read(fd, words); end > 0; end = read(fd, words)) {
        for (let at = 0; at < end; at += RECORD_WORDS)
          yield { pid: words[at] ?? 0, inode: words[at + 1] ?? 0 };
      }
    } finally {
      libc().close(fd);
    }
  }

  close(): void {
    libc().close(this.#link);
  }
}

/** Returns how many words there are; 0 at the end. The kernel says EAGAIN after a million files that are no sockets. */
function read(fd: number, words: Uint32Array): number {
  for (;;) {
    try {
      return readSync(fd, words) / Uint32Array.BYTES_PER_ELEMENT;
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw failure(errnoOf(error));
    }
  }
}

function failure(errno: string): BpfError {
  return new BpfError('BPF iterator', `cannot be read (${errno})`, errno);
}
