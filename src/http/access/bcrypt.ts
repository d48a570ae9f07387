import { Worker } from 'node:worker_threads';

/** What is sent to the thread. */
export interface Comparison {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

/** What it sends back. */
export interface ComparisonResult {
  readonly id: number;
  readonly isEqual: boolean;
}

interface Waiting {
  readonly resolve: (isEqual: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** bcrypt takes 4 KB, the library and the thread itself the rest. */
const HEAP = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 };

/** How long the thread waits for another password, in milliseconds; then its memory, some MB, is given back. Chosen. */
const IDLE_MS = 30_000;

/** Compares passwords with bcrypt hashes in a thread that is there while there are passwords to compare. */
export class Bcrypt {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #idle: NodeJS.Timeout | undefined;

  /** Rejects where the thread died. */
  compare(password: string, hash: string): Promise<boolean> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#lastId += 1;
    const comparison: Comparison = { id: this.#lastId, password, hash };
    this.#worker.postMessage(comparison);
    return new Promise((resolve, reject) => {
      this.#waiting.set(comparison.id, { resolve, reject });
    });
  }
  #start(): Worker {
    const worker = new Worker(new URL('./bcrypt-worker.js', import.meta.url), {
      resourceLimits: HEAP,
    });
    worker.unref();
    worker.on('message', ({ id, isEqual }: ComparisonResult) => {
      this.#waiting.get(id)?.resolve(isEqual);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#endWhenIdle(worker);
    });
    worker.once('error', (error: Error) => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    return worker;
  }

  #endWhenIdle(worker: Worker): void {
    this.#idle = setTimeout(() => {
      this.#worker = undefined;
      void worker.terminate();
    }, IDLE_MS).unref();
  }
}
