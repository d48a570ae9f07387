import { CAP_SYS_ADMIN, hasCapability } from '../kernel/proc/capability.ts';
import { KernelError } from '../kernel/kernel-error.ts';
import { isShortage } from '../kernel/shortage.ts';
import { EntryError, NetnsSwitch } from '../kernel/netns/netns-switch.ts';

const MISSING = 'setns() needs CAP_SYS_ADMIN, and CAP_SYS_PTRACE to see the namespaces of others';

/** Enters other namespaces as far as privileges allow, and says what is missing where they do not. */
export class SetnsEntry {
  /** Why a namespace could not be entered since `begin()`; empty where all could. */
  problem = '';
  readonly #procfs: string;
  #switch: NetnsSwitch | undefined;
  /** Why no namespace can be entered; undefined where that is not known. */
  #unavailable: string | undefined;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  /** Begins a poll: forgets the problem of the last one. Throws `KernelFileError`. */
  begin(): void {
    this.#unavailable ??= hasCapability(this.#procfs, CAP_SYS_ADMIN) ? undefined : MISSING;
    this.problem = this.#unavailable ?? '';
  }

  /**
   * Calls `visit` in the namespace of `path` (see `NetnsSwitch.within`); undefined where it cannot be entered.
   * Throws what `visit` throws, and `KernelError` where descriptors or memory are short: that says nothing about
   * the namespace.
   */
  within<T>(path: string, visit: () => T): { readonly result: T } | undefined {
    const netns = this.#open();
    if (netns === undefined) return undefined;
    try {
      return { result: netns.within(path, visit) };
    } catch (error) {
      if (!(error instanceof EntryError) || isShortage(error.errno)) throw error;
      this.#noteProblem(error);
      return undefined;
    }
  }

  /** Closes what it entered namespaces by. */
  close(): void {
    this.#switch?.close();
    this.#switch = undefined;
  }

  /** A namespace that no longer exists is no problem. */
  #noteProblem({ errno, message }: EntryError): void {
    if (errno !== 'ENOENT' && this.problem === '') this.problem = message;
  }

  /** Undefined where no namespace can be entered; without the capability nothing is tried. */
  #open(): NetnsSwitch | undefined {
    try {
      if (this.#unavailable === undefined) this.#switch ??= NetnsSwitch.open(this.#procfs);
    } catch (error) {
      if (!(error instanceof KernelError) || isShortage(error.errno)) throw error;
      this.#unavailable = error.message;
      this.problem = error.message;
    }
    return this.#switch;
  }
}
