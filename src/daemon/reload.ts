import type { Logger } from 'pino';
import { ConfigError } from '../config/config-error.ts';
import { dropsHistory } from '../sampler/made-by-options.ts';
import { isUserError, type LoadedSettings, type Settings } from '../settings.ts';

/** What triggered a reload, for the log. */
export type Trigger = 'file' | 'SIGHUP' | 'HTTP';

/**
 * The settings in force. A reload puts new ones in force whole, or changes nothing: a bad file is logged
 * with its reason, and the last good settings stay. Reloads run one after the other; those that are asked for while one
 * waits for its turn are that one.
 */
export class LiveSettings {
  readonly #load: () => Promise<LoadedSettings>;
  readonly #apply: (settings: Settings) => Promise<string | undefined>;
  readonly #log: Logger;
  #current: Settings;
  #lastSuccessful = true;
  /** Of the content that was read last, good or bad. */
  #hash: string;
  #lastReload: Promise<unknown> = Promise.resolve();
  #next: { trigger: Trigger; readonly reloaded: Promise<string | undefined> } | undefined;

  constructor(options: {
    readonly initial: LoadedSettings;
    /** Reads flags and file anew. Throws an error that `isUserError` knows. */
    readonly load: () => Promise<LoadedSettings>;
    /** Called with new settings; they are in force once it resolves, unless with what is wrong with them. */
    readonly apply: (settings: Settings) => Promise<string | undefined>;
    readonly log: Logger;
  }) {
    this.#current = options.initial.settings;
    this.#hash = options.initial.hash;
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

  /** Resolves with what is wrong with the new configuration, or undefined once it is in force. Never rejects. */
  async reload(trigger: Trigger): Promise<string | undefined> {
    if (this.#next !== undefined) {
      if (trigger !== 'file') this.#next.trigger = trigger;
      return this.#next.reloaded;
    }
    const reloaded = this.#lastReload.then(() => this.#reloadNext());
    this.#next = { trigger, reloaded };
    this.#lastReload = reloaded;
    return reloaded;
  }

  async #reloadNext(): Promise<string | undefined> {
    const trigger = this.#next?.trigger ?? 'file';
    this.#next = undefined;
    try {
      const { settings, hash } = await this.#load();
      if (this.#isKnown(hash, trigger)) return undefined;
      const problem = await this.#apply(settings);
      if (problem !== undefined) return this.#refuse(problem, trigger);
      this.#accept(settings, trigger);
      return undefined;
    } catch (error) {
      if (error instanceof ConfigError && this.#isKnown(error.hash, trigger)) return error.message;
      const problem = error instanceof Error ? error.message : String(error);
      return this.#refuse(problem, trigger, isUserError(error) ? undefined : error);
    }
  }

  /** Whether the file was only touched, or its change has been read already; notes its content otherwise. */
  #isKnown(hash: string, trigger: Trigger): boolean {
    const isKnown = trigger === 'file' && hash !== '' && hash === this.#hash;
    this.#hash = hash;
    return isKnown;
  }

  #refuse(problem: string, trigger: Trigger, err?: unknown): string {
    this.#lastSuccessful = false;
    this.#log.error(
      { trigger, problem, ...(err === undefined ? {} : { err }) },
      `configuration not reloaded, the last good one stays in force: ${problem}`,
    );
    return problem;
  }

  #accept(next: Settings, trigger: Trigger): void {
    const before = this.#current;
    const restarts = dropsHistory(before.sampler.poll.history, next.sampler.poll.history);
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
