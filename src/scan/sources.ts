import { KernelError } from '../kernel/kernel-error.ts';
import { KernelFileError } from '../kernel/proc/kernel-file.ts';
import { ProcSource } from '../kernel/proc/proc-source.ts';
import { SockDiagSource } from '../kernel/netlink/sock-diag-source.ts';
import type { SocketSource } from '../kernel/socket-row.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';

/** Where sockets are read; `auto` is netlink where it works, else proc. */
export type SourceChoice = 'proc' | 'netlink' | 'auto';

/**
 * The source in use. `auto` changes from netlink to /proc at the first failure and stays there, so that no poll waits for
 * netlink in vain again.
 */
export class Sources {
  /** Why /proc is read although netlink was preferred; empty where netlink did not fail. */
  fallbackReason = '';
  #choice: SourceChoice;
  /** Of the exporter's own namespace. */
  #netlink: SockDiagSource | undefined;

  constructor(choice: SourceChoice) {
    this.#choice = choice;
  }

  /** Puts a choice in force, the same one too; `auto` then tries netlink again. */
  choose(choice: SourceChoice): void {
    this.#choice = choice;
    this.fallbackReason = '';
    if (choice === 'proc') this.#closeNetlink();
  }

  /**
   * Calls `read` with the source in use, and again with /proc where netlink fails and `auto` is chosen. A namespace that
   * was not entered is read through /proc always. Throws `KernelError`.
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

  /** A failure in one namespace says nothing about the others: `auto` reads this one through /proc at this poll. */
  #withBrief<T>(view: NetnsView, read: (source: SocketSource) => T): T {
    try {
      return withBrief(view, read);
    } catch (error) {
      if (!isNetlinkError(error)) throw error;
    }
    return this.#choice === 'auto' ? read(new ProcSource(view.net)) : withBrief(view, read);
  }

  /** Replaces a socket that fails, and reads again with the new one: one lost reply need not end netlink. */
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

  /** Closed after a failure: the rest of its reply must not be read as that of the next request. */
  #closeNetlink(): void {
    this.#netlink?.close();
    this.#netlink = undefined;
  }
}

/** Reads with a socket that is closed at once: an open one would keep the namespace and its devices alive. */
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
