import { KernelError } from '../kernel/kernel-error.ts';
import { KernelFileError } from '../kernel/proc/kernel-file.ts';
import { ProcSource } from '../kernel/proc/proc-source.ts';
import { SockDiagSource } from '../kernel/netlink/sock-diag-source.ts';
import type { SocketSource } from '../kernel/socket-row.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';

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
  /** Of the exporter's own namespace. */
  #netlink: SockDiagSource | undefined;

  constructor(choice: SourceChoice) {
    this.#choice = choice;
  }

  /** Puts another choice in force; one that is made again gives netlink another try. */
  choose(choice: SourceChoice): void {
    this.#choice = choice;
    this.fallbackReason = '';
    if (choice === 'proc') this.#closeNetlink();
  }

  /**
   * Calls `read` with the source in use, and with proc where `auto` just lost netlink. A namespace that is
   * read from outside has no netlink. Throws `KernelError`.
   */
  with<T>(view: NetnsView, read: (source: SocketSource) => T): T {
    const isProc = this.#choice === 'proc' || this.fallbackReason !== '';
    if (isProc || view.sockets === 'none') return read(new ProcSource(view.net));
    if (view.sockets === 'brief') return this.#withBrief(view, read);
    try {
      return this.#withLasting(view, read);
    } catch (error) {
      if (this.#choice !== 'auto' || !isNetlinkError(error)) throw error;
      this.fallbackReason = error.message;
      return read(new ProcSource(view.net));
    }
  }

  /** What fails in one namespace says nothing about the others: `auto` reads this one from proc, this time. */
  #withBrief<T>(view: NetnsView, read: (source: SocketSource) => T): T {
    try {
      return withBrief(view, read);
    } catch (error) {
      if (!isNetlinkError(error)) throw error;
    }
    return this.#choice === 'auto' ? read(new ProcSource(view.net)) : withBrief(view, read);
  }

  /** A socket that fails is replaced once: a lost answer need not be the end. */
  #withLasting<T>({ net }: NetnsView, read: (source: SocketSource) => T): T {
    const isOpen = this.#netlink !== undefined;
    try {
      return read(this.#openNetlink(net));
    } catch (error) {
      this.#closeNetlink();
      if (!isOpen || !isNetlinkError(error)) throw error;
    }
    try {
      return read(this.#openNetlink(net));
    } catch (error) {
      this.#closeNetlink();
      throw error;
    }
  }

  #openNetlink(net: string): SockDiagSource {
    this.#netlink ??= SockDiagSource.open(net);
    return this.#netlink;
  }

  /** What is left of a broken answer must not be taken for the next. */
  #closeNetlink(): void {
    this.#netlink?.close();
    this.#netlink = undefined;
  }
}

/** A socket that stayed open would keep the namespace alive, and all devices in it. */
function withBrief<T>({ net }: NetnsView, read: (source: SocketSource) => T): T {
  const source = SockDiagSource.open(net);
  try {
    return read(source);
  } finally {
    source.close();
  }
}

/** A file of /proc that cannot be read says nothing about netlink. */
function isNetlinkError(error: unknown): error is KernelError {
  return error instanceof KernelError && !(error instanceof KernelFileError);
}
