import { Agent as PlainAgent, get as getPlain, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, get as getTls } from 'node:https';
import type { LookupFunction } from 'node:net';
import { type DaemonAddress, readDaemonAddress } from './daemon-address.ts';
import { DaemonError, type NoAnswer } from './daemon-error.ts';

/** Where a daemon listens that was given no other address. */
export const DEFAULT_DAEMON = 'http://127.0.0.1:9065';

/** Chosen: an answer from loopback that is later than this comes from a host on which nobody wants to wait for it. */
const TIMEOUT_MS = 3000;

/** Chosen: more than any overview or explanation has, and little enough to be kept in memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Asks the API of a daemon on this host's loopback. It keeps one connection open: each new one would take a port for a minute. */
export class DaemonClient {
  readonly #address: DaemonAddress;
  readonly #agent: PlainAgent | TlsAgent;

  /** Throws `FlagError` where `from` is not an address of a daemon on loopback. */
  constructor(from = DEFAULT_DAEMON) {
    this.#address = readDaemonAddress(from);
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent =
      this.#address.url.protocol === 'https:' ? new TlsAgent(options) : new PlainAgent(options);
  }

  /** Its address, without user and password. */
  get name(): string {
    return this.#address.name;
  }

  /** The JSON at a path such as `/api/v1/overview`. Throws `DaemonError`. */
  async json(path: string, timeoutMs = TIMEOUT_MS): Promise<unknown> {
    const text = await this.#text(path, timeoutMs);
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw this.#error('failed', `what ${path} answers is no JSON`, error);
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#agent.destroy();
  }

  #text(path: string, timeoutMs: number): Promise<string> {
    const { url, authorization } = this.#address;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = {
      accept: 'application/json',
      ...(authorization !== undefined && { authorization }),
    };
    const options = {
      agent: this.#agent,
      headers,
      signal,
      lookup: lookUpLoopback,
      autoSelectFamily: true,
      // A certificate has the name by which others come; what goes to loopback does not leave the host.
      rejectUnauthorized: false,
    };
    const target = new URL(url.href.replace(/\/$/, '') + path);
    return new Promise((resolve, reject) => {
      const get = url.protocol === 'https:' ? getTls : getPlain;
      const fail = (error: unknown): void => {
        reject(this.#failure(error, signal.aborted ? timeoutMs : undefined));
      };
      get(target, options, (response) => {
        this.#read(response, path).then(resolve, fail);
      }).on('error', fail);
    });
  }

  async #read(response: IncomingMessage, path: string): Promise<string> {
    const { statusCode = 0 } = response;
    if (statusCode !== 200) {
      response.resume();
      throw this.#refusal(statusCode, path);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw this.#error('failed', `the answer of ${path} is too long`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #refusal(status: number, path: string): DaemonError {
    if (status === 401) {
      return this.#error(
        'unauthorized',
        'it wants a user: --from=http://USER:PASSWORD@127.0.0.1:9065',
      );
    }
    if (status === 404) {
      return this.#error('unknown path', `it has no ${path}: another program, or an older version`);
    }
    return this.#error(
      status === 503 ? 'not ready' : 'failed',
      `it answers ${path} with HTTP status ${status}`,
    );
  }

  #failure(error: unknown, timeoutMs: number | undefined): DaemonError {
    if (error instanceof DaemonError) return error;
    if (timeoutMs !== undefined) {
      return this.#error('failed', `no answer within ${timeoutMs / 1000} s`, error);
    }
    const code = codeOf(error);
    if (code === 'ECONNREFUSED') return this.#error('absent', 'nobody listens there', error);
    if (/^(?:ECONNRESET|EPROTO|HPE_|ERR_SSL|EPIPE)/.test(code)) {
      return this.#error(
        'failed',
        `${code}: http and https may be mixed up, or it wants a client certificate`,
        error,
      );
    }
    return this.#error('failed', error instanceof Error ? error.message : String(error), error);
  }

  #error(kind: NoAnswer, reason: string, cause?: unknown): DaemonError {
    return new DaemonError(kind, `the daemon at ${this.name}: ${reason}`, { cause });
  }
}

/** No name server is asked for `localhost`, which would take a UDP port of a host that may have none. */
const lookUpLoopback: LookupFunction = (_name, options, callback) => {
  const both = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  if (options.all === true) callback(null, both);
  else callback(null, '127.0.0.1', 4);
};

/** Of what failed; of the first attempt where both addresses of `localhost` were tried. */
function codeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return (first as NodeJS.ErrnoException | undefined)?.code ?? '';
}
