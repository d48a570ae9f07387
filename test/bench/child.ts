import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * A process in the namespace that this thread is in when it starts it. The kernel ends it with this one
 * (PR_SET_PDEATHSIG): whatever happens to the benchmark, no daemon and no socket is left behind.
 */
export class Child {
  readonly process: ChildProcess;
  readonly #ended: Promise<undefined>;

  private constructor(command: readonly string[], stdio: StdioOptions) {
    const bound = ['--pdeathsig', 'KILL', ...command];
    this.process = spawn('setpriv', bound, { stdio });
    this.#ended = once(this.process, 'exit').then(() => undefined);
  }

  /** A program that says nothing. */
  static program(...command: readonly string[]): Child {
    return new Child(command, ['ignore', 'ignore', 'ignore']);
  }

  /** A program that exchanges messages with this process. */
  static talking(...command: readonly string[]): Child {
    return new Child(command, ['ignore', 'ignore', 'ignore', 'ipc']);
  }

  /** A script of this folder, as it was compiled; it exchanges messages with this process. */
  static script(name: string, argument: unknown): Child {
    return new Child(scriptCommand(name, argument), TALKING);
  }

  /**
   * A script that is PID 1 of a pid namespace of its own: of all processes it sees those alone that it
   * starts, and they end with it. `more` are further options of `unshare`.
   */
  static host(name: string, argument: unknown, ...more: readonly string[]): Child {
    const apart = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', ...more];
    return new Child([...apart, ...scriptCommand(name, argument)], TALKING);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** The next message of a script. */
  async message(): Promise<unknown> {
    const message: unknown[] | undefined = await Promise.race([
      once(this.process, 'message'),
      this.#ended,
    ]);
    if (message === undefined) throw new Error('a process of the benchmark ended too early');
    return message[0];
  }

  /** Sends a message to a script and returns its answer. */
  ask(question: string): Promise<unknown> {
    const answer = this.message();
    this.process.send(question);
    return answer;
  }

  async end(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#ended;
  }
}

const TALKING: StdioOptions = ['ignore', 'inherit', 'inherit', 'ipc'];

function scriptCommand(name: string, argument: unknown): readonly string[] {
  const path = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  return [process.execPath, path, JSON.stringify(argument)];
}

/** In a script: what it was started with. */
export function argument(): unknown {
  return JSON.parse(process.argv[2] ?? 'null');
}

/** In a script: says something to the process that started it. */
export function tell(message: unknown): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => {
      resolve();
    });
  });
}

/**
 * In a script: does what it is asked for until nobody is there to ask, and answers what came of it. A name
 * that it does not know ends it: both sides are of one build.
 */
export function serve(work: Readonly<Record<string, () => unknown>>): void {
  const answer = async (name: string): Promise<void> => {
    const asked = work[name];
    if (asked === undefined) throw new Error(`asked for "${name}", which is not served`);
    await tell((await asked()) ?? 'done');
  };
  process.on('message', (name: string) => void answer(name));
  process.once('disconnect', () => process.exit());
}
