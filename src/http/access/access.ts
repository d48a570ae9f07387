import type { TLSSocket } from 'node:tls';
import { parseWebConfig, type WebConfig } from '../../config/web-config.ts';
import { RateLimit } from '../bounds/rate-limit.ts';
import { identitiesOf, readSmallFile } from './small-file.ts';
import { filesOf, TlsGate } from './tls-gate.ts';

/** How old the last look at the files may be, in milliseconds. Chosen: several a second tell nothing more. */
const LOOK_MS = 1000;

/** How long a file system that hangs holds up a connection, in milliseconds; what was in force then stays. */
const WAIT_MS = 1000;

const NOBODY_ASKED: WebConfig = {
  tls: undefined,
  headers: {},
  users: new Map(),
  rateLimit: undefined,
};

/** What is in force: a configuration with its gate. */
export interface AccessState {
  readonly config: WebConfig;
  /** Undefined: plain HTTP. */
  readonly gate: TlsGate | undefined;
  readonly rateLimit: RateLimit | undefined;
}

export interface AccessOptions {
  /** The file of `--web.config.file`. */
  readonly path: string;
  /** Takes each connection whose TLS handshake has succeeded. */
  readonly pass: (socket: TLSSocket) => void;
  /** Called when a changed configuration is in force. */
  readonly changed: () => void;
  /** Called with what is wrong with a changed configuration; the one before stays in force. */
  readonly refused: (problem: string) => void;
}

/** Who may come in, by the file of `--web.config.file`. It and the files that it names are looked at before they count. */
export class Access {
  readonly #options: AccessOptions;
  #state: AccessState = { config: NOBODY_ASKED, gate: undefined, rateLimit: undefined };
  /** The files that the configuration names. */
  #files: readonly string[] = [];
  /** Of the files when they were read last, well or not. */
  #identities: readonly string[] = [];
  #lookedMs = Number.NEGATIVE_INFINITY;
  #look: Promise<unknown> | undefined;
  #lastSuccessful = true;

  private constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Throws `ConfigError`. */
  static async open(options: AccessOptions): Promise<Access> {
    const access = new Access(options);
    await access.#load();
    return access;
  }

  /** Whether the files were good when they were read last. */
  get lastSuccessful(): boolean {
    return this.#lastSuccessful;
  }

  /** What is in force, after a look at the files. Never rejects. */
  async current(): Promise<AccessState> {
    if (performance.now() - this.#lookedMs >= LOOK_MS) {
      this.#look ??= this.#lookNow().finally(() => (this.#look = undefined));
    }
    if (this.#look !== undefined) await Promise.race([this.#look, delay(WAIT_MS)]);
    return this.#state;
  }

  /** Reads the files, changed or not; resolves with what is wrong with them. */
  async reload(): Promise<string | undefined> {
    try {
      await this.#load();
      this.#lastSuccessful = true;
      this.#options.changed();
      return undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#lastSuccessful = false;
      this.#options.refused(problem);
      return problem;
    }
  }

  async #lookNow(): Promise<void> {
    const identities = await identitiesOf([this.#options.path, ...this.#files]);
    this.#lookedMs = performance.now();
    if (identities.join() !== this.#identities.join()) await this.reload();
  }

  /** The identities are taken before the contents, so that a change between the two is found at the next look. */
  async #load(): Promise<void> {
    const { path, pass } = this.#options;
    const [own = '', ...others] = await identitiesOf([path, ...this.#files]);
    this.#identities = [own, ...others];
    const config = parseWebConfig(path, await readSmallFile(path));
    const { tls, rateLimit } = config;
    this.#files = tls === undefined ? [] : filesOf(tls);
    this.#identities = [own, ...(await identitiesOf(this.#files))];
    const gate = tls && (await TlsGate.open(tls, pass));
    this.#state = { config, gate, rateLimit: rateLimit && new RateLimit(rateLimit) };
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
