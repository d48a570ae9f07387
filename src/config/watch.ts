import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';

/** Chosen: a file that is being written changes several times within this; it is read once, at the end. */
const SETTLE_MS = 200;
/** Chosen: file systems of a network report no changes; they are found this late. */
const RECHECK_MS = 30_000;

/**
 * Calls `changed` when the content of a file has changed. The folder is watched and not the file, because
 * Kubernetes replaces a symbolic link beside it (`..data`), and editors rename another file over it.
 */
export class FileWatcher {
  readonly #path: string;
  readonly #changed: () => void;
  readonly #watcher: FSWatcher;
  readonly #recheck: NodeJS.Timeout;
  #hash: string;
  #settle: NodeJS.Timeout | undefined;

  /** `failed` is called when the folder cannot be watched; changes are then found within 30 s. */
  constructor(path: string, changed: () => void, failed: (error: unknown) => void) {
    this.#path = path;
    this.#changed = changed;
    this.#hash = hashOf(path);
    this.#watcher = watch(dirname(path), {
      ignoreInitial: true,
      depth: 0,
      ignorePermissionErrors: true,
    });
    this.#watcher.on('all', () => {
      this.#soon();
    });
    this.#watcher.on('error', failed);
    this.#recheck = setInterval(() => {
      this.check();
    }, RECHECK_MS).unref();
  }

  /** Reads the file now, and calls `changed` if its content has changed. */
  check(): void {
    const hash = hashOf(this.#path);
    if (hash === this.#hash) return;
    this.#hash = hash;
    this.#changed();
  }

  async close(): Promise<void> {
    clearInterval(this.#recheck);
    clearTimeout(this.#settle);
    await this.#watcher.close();
  }

  #soon(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      this.check();
    }, SETTLE_MS);
  }
}

/** Empty where the file cannot be read, so that this counts as a change too. */
function hashOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return '';
  }
}
