import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import { identityOf } from './regular-file.ts';

/** Chosen: a file that is being written changes several times within this. */
const SETTLE_MS = 200;
/** Chosen: the shortest time between two polls. What the kernel does not report, as of a file of a network, is found this late. */
const LOOK_MS = 1000;
/** Chosen: a file that is written all the time counts as changed after so many looks. */
const MAX_LOOKS = 10;

/**
 * Calls `changed` when a file has been written or replaced. Its folder is watched and not the file, because Kubernetes
 * replaces a symbolic link beside it (`..data`), and editors rename another file over it. The kernel does not report all of
 * that, for example when such a link leads to a folder that was there before, so that the file is looked at as well.
 */
export class FileWatcher {
  readonly #path: string;
  readonly #changed: () => void;
  readonly #watcher: FSWatcher;
  readonly #looks: NodeJS.Timeout;
  /** Of the file at the last change; empty where there was none. */
  #identity: string;
  #settle: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** Whether something happened while the file was being looked at. */
  #mayBeMissed = false;

  /**
   * `identity` is that of the file as it was read last (see `identityOf`): a change since then is one. `failed` is called
   * when the folder cannot be watched; changes are then found within a second or two.
   */
  constructor(
    path: string,
    identity: string,
    changed: () => void,
    failed: (error: unknown) => void,
  ) {
    this.#path = path;
    this.#identity = identity;
    this.#changed = changed;
    const options = { ignoreInitial: true, depth: 0, ignorePermissionErrors: true };
    this.#watcher = watch(dirname(path), options);
    const look = (): void => void this.#look();
    this.#watcher.on('all', look);
    this.#watcher.on('ready', look);
    this.#watcher.on('error', failed);
    this.#looks = setInterval(look, LOOK_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#looks);
    clearTimeout(this.#settle);
    await this.#watcher.close();
  }

  /**
   * Looks whether the file is another than at the last change; if so, again and again until two looks find the same.
   * Only one look at a time: a file system that hangs holds a thread of Node.js for each.
   */
  async #look(): Promise<void> {
    this.#mayBeMissed = this.#isLooking;
    if (this.#isLooking || this.#settle !== undefined) return;
    const identity = await this.#identityNow();
    if (identity !== this.#identity) this.#lookAgain(identity, MAX_LOOKS);
    else if (this.#mayBeMissed) await this.#look();
  }

  #lookAgain(before: string, looksLeft: number): void {
    this.#settle = setTimeout(() => void this.#settled(before, looksLeft), SETTLE_MS);
  }

  async #settled(before: string, looksLeft: number): Promise<void> {
    const identity = await this.#identityNow();
    this.#settle = undefined;
    if (identity !== before && looksLeft > 1) {
      this.#lookAgain(identity, looksLeft - 1);
      return;
    }
    if (identity === this.#identity) return;
    this.#identity = identity;
    this.#changed();
  }

  /** Empty where the file cannot be looked at, so that this counts as a change too. */
  async #identityNow(): Promise<string> {
    this.#isLooking = true;
    try {
      return identityOf(await stat(this.#path, { bigint: true }));
    } catch {
      return '';
    } finally {
      this.#isLooking = false;
    }
  }
}
