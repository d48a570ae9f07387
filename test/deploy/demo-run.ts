import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One `npm run demo`. Its folder for temporary files is its own; by that its processes are known. */
export class DemoRun {
  readonly begin = Date.now();
  readonly temporary = mkdtempSync(join(tmpdir(), 'epe-demo-'));
  readonly process: ChildProcess;
  output = '';
  /** Its namespace, such as `net:[4026532281]`. It is held open, or another could get the same number. */
  #namespace: string | undefined;
  #held: number | undefined;
  readonly #exited: Promise<number | null>;

  /** `path` comes first in the PATH. */
  constructor(args: readonly string[] = [], path?: string) {
    const { PATH = '' } = process.env;
    this.process = spawn('npm', ['run', '--silent', 'demo', '--', ...args], {
      cwd: ROOT,
      env: {
        ...process.env,
        TMPDIR: this.temporary,
        PATH: path === undefined ? PATH : `${path}:${PATH}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.#exited = once(this.process, 'exit').then(([status]) => status as number | null);
    onTestFinished(() => {
      this.#remove();
    });
  }

  /** Its exit status. */
  ended(): Promise<number | null> {
    return this.#exited;
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  get milliseconds(): number {
    return Date.now() - this.begin;
  }

  /** Waits until the output has this. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      if (this.hasEnded) throw new Error(`it has ended: ${this.output}`);
      await sleep(100);
    }
    this.#holdNamespace(this.pid);
  }

  /** The demo itself, without npm and the shell. */
  get pid(): number {
    const pid = this.processes().find((each) => /\bnode\0.*demo\.js/.test(commandLine(each)));
    if (pid === undefined) throw new Error(`it does not run: ${this.output}`);
    return pid;
  }

  /** All processes that it has started and that are alive. */
  processes(): readonly number[] {
    const mark = `TMPDIR=${this.temporary}\0`;
    return allProcesses().filter((pid) => readProcess(pid, 'environ').includes(mark));
  }

  /** What there is of it now. */
  remains(): { processes: readonly string[]; files: readonly string[]; inNamespace: number } {
    const inside = (pid: number): boolean =>
      this.#namespace !== undefined && namespaceOf(pid) === this.#namespace;
    return {
      processes: this.processes().map(commandLine),
      files: readdirSync(this.temporary).filter((name) => name.startsWith('ephemeral-ports-demo-')),
      inNamespace: allProcesses().filter(inside).length,
    };
  }

  #holdNamespace(pid: number): void {
    this.#held ??= openSync(`/proc/${pid}/ns/net`, 'r');
    this.#namespace = namespaceOf(pid);
  }

  /** Whatever the test has found. */
  #remove(): void {
    if (this.#held !== undefined) closeSync(this.#held);
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
    rmSync(this.temporary, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The text of a file in the demo's folder; empty where there is none. */
  file(name: string): string {
    const [folder = ''] = this.remains().files;
    return textOf(join(this.temporary, folder, name));
  }

  /** The answer to a GET from inside the namespace. */
  ask(url: string): unknown {
    const script = `fetch(${JSON.stringify(url)}).then((r) => r.text()).then(console.log)`;
    const command = ['-t', String(this.pid), '-n', process.execPath, '-e', script];
    const { stdout, stderr, status } = spawnSync('nsenter', command, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }
}

/** Nothing remains. */
export const NOTHING = { processes: [], files: [], inNamespace: 0 };

function allProcesses(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function commandLine(pid: number): string {
  return readProcess(pid, 'cmdline');
}

/** Empty where the process has gone. */
function readProcess(pid: number, file: string): string {
  return textOf(`/proc/${pid}/${file}`);
}

/** Empty where the file is not there, or not any more. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
