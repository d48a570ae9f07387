import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { type IncomingHttpHeaders, request as outgoingRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXPORT_ALL, MAIN } from './exporter.ts';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Source ports of the tests' own requests: below any scenario's range, each used once. */
let sourcePort = 20_000;

/** One request from a port outside every range, so that asking changes nothing that is counted. */
export function request(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  host = '127.0.0.1',
  { method = 'GET', body = '' }: { readonly method?: string; readonly body?: string } = {},
): Promise<Answer> {
  sourcePort += 1;
  const options = { host, port, path, method, headers, localPort: sourcePort, agent: false };
  return new Promise((resolve, reject) => {
    const outgoing = outgoingRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, body: Buffer.concat(chunks) });
      });
    });
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error(`${path}: no answer in 30 s`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Makes another command line of a command line. */
type Wrap = (...command: readonly string[]) => readonly string[];

const asItIs: Wrap = (...command) => command;

/** No flag of the program: its standard error is a disk that is full. */
const FULL_STDERR = '--stderr=/dev/full';

const running = new Set<Daemon>();

/** Ends those that a test that failed has left running. */
export async function stopDaemons(): Promise<void> {
  await Promise.all(Array.from(running, (daemon) => daemon.stop('SIGKILL')));
}

/** The built program as a daemon, in the namespace that this thread was in when it started. */
export class Daemon {
  readonly port: number;
  readonly process: ChildProcess;
  stderr = '';
  readonly #exited: Promise<number | null>;

  private constructor(port: number, all: readonly string[], wrap: Wrap = asItIs) {
    this.port = port;
    const full = all.includes(FULL_STDERR);
    const args = all.filter((arg) => arg !== FULL_STDERR);
    const listening = `--web.listen-address=127.0.0.1:${port}`;
    const [program = '', ...rest] = wrap(process.execPath, MAIN, listening, ...args);
    this.process = spawn(program, rest, {
      stdio: ['ignore', 'ignore', full ? openSync('/dev/full', 'w') : 'pipe'],
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    running.add(this);
    this.#exited = once(this.process, 'exit').then(([status]) => {
      running.delete(this);
      return status as number | null;
    });
  }

  /** Starts it with a poll a second and every endpoint exported; ready when it answers. */
  static start(...args: readonly string[]): Promise<Daemon> {
    return Daemon.startOn(9065, ...args);
  }

  /** Starts it with `healthy` as the path of the probe that tells that it answers. */
  static startAt(healthy: string, ...args: readonly string[]): Promise<Daemon> {
    return Daemon.#start(9065, args, asItIs, healthy);
  }

  static startOn(port: number, ...args: readonly string[]): Promise<Daemon> {
    return Daemon.#start(port, args);
  }

  /** Starts it without asking it anything; ready when it says that it listens. */
  static async launch(...args: readonly string[]): Promise<Daemon> {
    const daemon = new Daemon(9065, ['--poll.interval=1s', `--config.file=${EXPORT_ALL}`, ...args]);
    await daemon.until('it listens', () => Promise.resolve(daemon.stderr.includes('listening on')));
    return daemon;
  }

  /** Starts it as the command that `wrap` makes of its command line. */
  static startBy(wrap: Wrap, ...args: readonly string[]): Promise<Daemon> {
    return Daemon.#start(9065, args, wrap);
  }

  static async #start(
    port: number,
    args: readonly string[],
    wrap: Wrap = asItIs,
    healthy = '/-/healthy',
  ): Promise<Daemon> {
    const all = ['--poll.interval=1s', `--config.file=${EXPORT_ALL}`, ...args];
    const daemon = new Daemon(port, all, wrap);
    await daemon.until('it answers', async () => {
      const answer = await daemon.get(healthy).catch(() => undefined);
      return answer?.status === 200;
    });
    return daemon;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return request(this.port, path, headers);
  }

  /** Asks with another method than GET; `body` is sent as it is. */
  ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body = '',
  ): Promise<Answer> {
    return request(this.port, path, headers, '127.0.0.1', { method, body });
  }

  async metrics(): Promise<Exposition> {
    return new Exposition((await this.get('/metrics')).body.toString());
  }

  /** The metrics of a poll that began after this call. */
  async nextPoll(): Promise<Exposition> {
    const now = Date.now() / 1000;
    let page = await this.metrics();
    await this.until('a poll is done', async () => {
      page = await this.metrics();
      return (page.find('poll_last_success_timestamp_seconds') ?? 0) > now;
    });
    return page;
  }

  /** Tries again for 40 s at most. */
  async until(what: string, check: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 400; tries += 1) {
      if (await check()) return;
      if (this.process.exitCode !== null) throw new Error(`the exporter ended: ${this.stderr}`);
      await sleep(100);
    }
    throw new Error(`waited in vain until ${what}: ${this.stderr}`);
  }

  /** Sends a signal and waits for the end; the exit status. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.process.kill(signal);
    return this.#exited;
  }
}
