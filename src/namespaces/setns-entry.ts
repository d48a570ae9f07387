import { CAP_SYS_ADMIN, hasCapability } from '../kernel/proc/capability.ts';
import { KernelError } from '../kernel/kernel-error.ts';
import { EntryError, NetnsSwitch } from '../kernel/netns/netns-switch.ts';

const MISSING = 'setns() needs CAP_SYS_ADMIN, and CAP_SYS_PTRACE to see the namespaces of others';

/** Enters other namespaces as far as privileges allow, and says what is missing where they do not. */
export class SetnsEntry {
  /** Why a namespace could not be entered since `begin()`; empty where all could. */
  problem = '';
  readonly #procfs: string;
  #switch: NetnsSwitch | undefined;
  /** Why none can. */
  #barred: string | undefined;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  /** Forgets the last poll's refusals. Without the capability nothing is tried at all. */
  begin(): void {
    this.#barred ??= hasCapability(this.#procfs, CAP_SYS_ADMIN) ? undefined : MISSING;
    this.problem = this.#barred ?? '';
  }

  /**
   * Calls `visit` in the namespace that `path` stands for; undefined where it cannot be entered. Throws what
   * `visit` throws.
   */
  within<T>(path: string, visit: () => T): { readonly result: T } | undefined {
    const netns = this.#open();
    if (netns === undefined) return undefined;
    try {
      return { result: netns.within(path, visit) };
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      this.#refuse(error);
      return undefined;
    }
  }

  /** One that has gone was not refused. */
  #refuse({ errno, message }: EntryError): void {
    if (errno !== 'ENOENT' && this.problem === '') this.problem = message;
  }

  #open(): NetnsSwitch | undefined {
    try {
      if (this.#barred === undefined) this.#switch ??= NetnsSwitch.open(this.#procfs);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#barred = error.message;
      this.problem = error.message;
    }
    return this.#switch;
  }
}
