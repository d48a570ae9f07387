import { Worker } from 'node:worker_threads';
import { ConfigError } from './config-error.ts';
import type { Outcome, ThreadData } from './config-thread.ts';
import type { Config } from './schema.ts';

/** A configuration that was read, and the file that it was read from. */
export interface ReadConfig {
  readonly config: Config;
  /** Of the content. */
  readonly hash: string;
  /** See `identityOf`. */
  readonly identity: string;
}

/** Chosen: three times what the longest file takes that is allowed and good, on a busy machine. */
const TIMEOUT_MS = 15_000;

/** Chosen: what the longest good file needs to be parsed; far below what is left of the memory that the unit has. */
const HEAP = { maxOldGenerationSizeMb: 160 };

/**
 * A configuration file. It is read and checked by a thread that is made for it: neither a file system that hangs nor a
 * file that takes long to parse, or much memory, holds up the program.
 */
export class ConfigFile {
  readonly #path: string;
  #thread: Worker | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether a thread is reading. It cannot be ended while the file system hangs. */
  get isReading(): boolean {
    return this.#thread !== undefined;
  }

  /** Reads the file. `settled` waits until nobody is writing it. Throws `ConfigError` with all its problems. */
  async read(settled: boolean): Promise<ReadConfig> {
    if (this.isReading) throw this.#error('cannot be read, an earlier attempt has not ended yet');
    const outcome = await this.#run({ configFile: this.#path, settled });
    if ('config' in outcome) return outcome;
    throw new ConfigError(outcome.problem, { hash: outcome.hash });
  }

  #run(workerData: ThreadData): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const url = new URL('./config-thread.js', import.meta.url);
      const thread = new Worker(url, { workerData, resourceLimits: HEAP });
      this.#thread = thread;
      const late = setTimeout(() => {
        void thread.terminate();
        reject(this.#error(`cannot be read within ${TIMEOUT_MS / 1000} s`));
      }, TIMEOUT_MS);
      let outcome: Outcome | undefined;
      let cause: unknown;
      thread.once('message', (message: Outcome) => (outcome = message));
      thread.once('error', (error: unknown) => (cause = error));
      thread.once('exit', () => {
        clearTimeout(late);
        this.#thread = undefined;
        if (outcome !== undefined) resolve(outcome);
        else reject(this.#error(`cannot be read (${String(cause)})`, cause));
      });
    });
  }

  #error(problem: string, cause?: unknown): ConfigError {
    return new ConfigError(`${this.#path}: ${problem}`, { cause });
  }
}
