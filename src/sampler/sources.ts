import { join } from 'node:path';
import { KernelError } from '../kernel/kernel-error.ts';
import { KernelFileError } from '../kernel/kernel-file.ts';
import { ProcSource } from '../kernel/proc-source.ts';
import { SockDiagSource } from '../kernel/sock-diag-source.ts';
import type { SocketSource } from '../kernel/socket-row.ts';

/** Where sockets are read; `auto` is netlink where it works, else proc. */
export type SourceChoice = 'proc' | 'netlink' | 'auto';

/**
 * The source in use. `auto` goes from netlink to proc at the first failure, and stays there: a poll must
 * not wait for netlink again and again.
 */
export class Sources {
  /** Why proc is read although netlink was preferred; empty where nothing went wrong. */
  fallbackReason = '';
  #choice: SourceChoice;
  readonly #netDirectory: string;
  #netlink: SockDiagSource | undefined;
  #proc: ProcSource | undefined;

  /** `procfs` is where procfs is mounted. */
  constructor(choice: SourceChoice, procfs: string) {
    this.#choice = choice;
    this.#netDirectory = join(procfs, 'net');
  }

  /** Puts another choice in force; one that is made again gives netlink another try. */
  choose(choice: SourceChoice): void {
    this.#choice = choice;
    this.fallbackReason = '';
    if (choice === 'proc') this.#closeNetlink();
  }

  /**
   * Calls `read` with the source in use, and with proc where `auto` just lost netlink. Throws
   * `KernelError`.
   */
  with<T>(read: (source: SocketSource) => T): T {
    if (this.#choice === 'proc' || this.fallbackReason !== '') return read(this.#openProc());
    try {
      return this.#withNetlink(read);
    } catch (error) {
      if (this.#choice !== 'auto' || !isNetlinkError(error)) throw error;
      this.fallbackReason = error.message;
      return read(this.#openProc());
    }
  }

  /** A socket that fails is replaced once: a lost answer need not be the end. */
  #withNetlink<T>(read: (source: SocketSource) => T): T {
    const isOpen = this.#netlink !== undefined;
    try {
      return read(this.#openNetlink());
    } catch (error) {
      this.#closeNetlink();
      if (!isOpen || !isNetlinkError(error)) throw error;
    }
    try {
      return read(this.#openNetlink());
    } catch (error) {
      this.#closeNetlink();
      throw error;
    }
  }

  #openProc(): ProcSource {
    this.#proc ??= new ProcSource(this.#netDirectory);
    return this.#proc;
  }

  #openNetlink(): SockDiagSource {
    this.#netlink ??= SockDiagSource.open(this.#netDirectory);
    return this.#netlink;
  }

  /** What is left of a broken answer must not be taken for the next. */
  #closeNetlink(): void {
    this.#netlink?.close();
    this.#netlink = undefined;
  }
}

/** A file of /proc that cannot be read says nothing about netlink. */
function isNetlinkError(error: unknown): error is KernelError {
  return error instanceof KernelError && !(error instanceof KernelFileError);
}
