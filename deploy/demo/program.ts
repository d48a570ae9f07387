import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * A process of the demo, with its log in a file. It has a session of its own, so that Ctrl-C reaches the
 * demo alone, which then ends it in order. If the demo is killed, the kernel ends it (PR_SET_PDEATHSIG).
 */
export class Program {
  readonly name: string;
  readonly logFile: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** `withMessages` opens a channel for messages (Node.js IPC) between the demo and a script of its own. */
  constructor(name: string, command: readonly string[], logFile: string, withMessages = false) {
    this.name = name;
    this.logFile = logFile;
    const log = openSync(logFile, 'w');
    const stdio: StdioOptions = ['ignore', log, log, ...(withMessages ? (['ipc'] as const) : [])];
    const bound = ['--pdeathsig', 'KILL', ...command];
    this.#process = spawn('setpriv', bound, { stdio, detached: true });
    closeSync(log);
    this.#ended = once(this.#process, 'exit');
  }

  /** Calls `listener` with each message of a script. */
  onMessage(listener: (message: unknown) => void): void {
    this.#process.on('message', listener);
  }

  /** What it has written to standard output and standard error so far. */
  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Throws where it is not running any more; the message has the last three lines of its log. */
  assertRunning(): void {
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) return;
    const last = this.log.trimEnd().split('\n').slice(-3).join('\n  ');
    throw new Error(`${this.name} ended by itself (${signalCode ?? exitCode}):\n  ${last}`);
  }

  /** Ends it without waiting. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Ends it and waits until it is gone. */
  async stop(): Promise<void> {
    this.kill();
    await this.#ended;
  }
}
