import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';

/** Writes come in bursts; the last content counts. */
const SETTLE_MS = 200;
/** Some changes are not reported, whatever is watched. */
const RECHECK_MS = 30_000;

/**
 * Calls `changed` when the content of a file is another than before. The folder is watched, not the file:
 * Kubernetes swaps a symbolic link beside it (`..data`), and editors rename over it.
 */
export class FileWatcher {
  readonly #path: string;
  readonly #changed: () => void;
  readonly #watcher: FSWatcher;
  readonly #recheck: NodeJS.Timeout;
  #hash: string;
  #settle: NodeJS.Timeout | undefined;

  /** `failed` is told when the folder cannot be watched; changes are then found by the slow re-check. */
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

  /** Looks now; calls `changed` if the content is new. */
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

/** A file that cannot be read has no content, which is another than any. */
function hashOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return '';
  }
}
