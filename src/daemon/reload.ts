import type { Logger } from 'pino';
import { dropsHistory } from '../sampler/poll.ts';
import { isUserError, type Settings } from '../settings.ts';

/** What triggered a reload, for the log. */
export type Trigger = 'file' | 'SIGHUP' | 'HTTP';

/**
 * The settings in force. A reload puts new ones in force whole, or changes nothing: a bad file is logged
 * with its reason, and the last good settings stay. Reloads run one after the other.
 */
export class LiveSettings {
  readonly #load: () => Settings;
  readonly #apply: (settings: Settings) => Promise<string | undefined>;
  readonly #log: Logger;
  #current: Settings;
  #lastSuccessful = true;
  #lastReload: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly initial: Settings;
    /** Reads flags and file anew. Throws an error that `isUserError` knows. */
    readonly load: () => Settings;
    /** Called with new settings; they are in force once it resolves. */
    readonly apply: (settings: Settings) => Promise<string | undefined>;
    readonly log: Logger;
  }) {
    this.#current = options.initial;
    this.#load = options.load;
    this.#apply = options.apply;
    this.#log = options.log;
  }

  get current(): Settings {
    return this.#current;
  }

  /** Whether the configuration was valid when it was last read. */
  get lastSuccessful(): boolean {
    return this.#lastSuccessful;
  }

  /** Resolves with what is wrong with the new configuration, or undefined once it is in force. */
  async reload(trigger: Trigger): Promise<string | undefined> {
    const reloaded = this.#lastReload.then(() => this.#reloadNow(trigger));
    this.#lastReload = reloaded.catch(() => undefined);
    return reloaded;
  }

  async #reloadNow(trigger: Trigger): Promise<string | undefined> {
    try {
      await this.#replace(this.#load(), trigger);
      return undefined;
    } catch (error) {
      if (!isUserError(error)) throw error;
      this.#lastSuccessful = false;
      this.#log.error(
        { trigger, problem: error.message },
        `configuration not reloaded, the last good one stays in force: ${error.message}`,
      );
      return error.message;
    }
  }

  async #replace(next: Settings, trigger: Trigger): Promise<void> {
    const before = this.#current;
    const restarts = dropsHistory(before.sampler.poll.history, next.sampler.poll.history);
    await this.#apply(next);
    this.#current = next;
    this.#lastSuccessful = true;
    const note = restarts
      ? '; the history begins anew, because its shape or the interval changed'
      : '';
    this.#log.info({ trigger, dropped_history: restarts }, `configuration reloaded${note}`);
    for (const { key, flag, fromFile } of next.overridden) {
      const known = before.overridden.some((old) => old.key === key && old.fromFile === fromFile);
      if (known) continue;
      this.#log.warn({ key, flag }, `${key} of the configuration has no effect: ${flag} wins`);
    }
  }
}
