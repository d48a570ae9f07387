import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What `run.sh` prepared; gone when it ends. */
export const WORK = process.env['PACKAGE_TEST'] ?? '';
if (WORK === '') throw new Error('started by test/package/run.sh only');

export interface Outcome {
  readonly status: number | null;
  /** Standard output and standard error, each in turn. */
  readonly output: string;
}

/** The one package in a folder below `WORK`. */
export function packageIn(folder: string): string {
  const name = readdirSync(join(WORK, folder)).find((each) => each.endsWith('.deb'));
  if (name === undefined) throw new Error(`no package in ${folder}`);
  return join(WORK, folder, name);
}

/** A fresh Debian on disk, with nothing running in it. */
export class Debian {
  readonly root = mkdtempSync(join(WORK, 'root-'));

  constructor() {
    execFileSync('tar', ['-xf', resolve('.cache/package/trixie.tar'), '-C', this.root]);
  }

  /** Puts a package where its own programs find it; returns that path. */
  receive(file: string): string {
    mkdirSync(join(this.root, 'packages'), { recursive: true });
    copyFileSync(file, join(this.root, 'packages', basename(file)));
    return `/packages/${basename(file)}`;
  }

  /** Runs a script in namespaces of its own, without systemd. */
  run(script: string): Outcome {
    return outcome(START, [this.root, 'sh', '-euc', script]);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }
}

const START = ['unshare', '--mount', 'bash', resolve('test/package/start.sh')] as const;

/** A Debian in which systemd runs, in namespaces of its own, the network's too. */
export class RunningDebian {
  readonly debian: Debian;
  readonly #starter: ChildProcess;
  #init = 0;
  #log = '';

  private constructor(debian: Debian) {
    this.debian = debian;
    const [program, ...args] = START;
    const systemd = ['/lib/systemd/systemd', '--log-target=console', '--show-status=no'];
    this.#starter = spawn(program, [...args, debian.root, ...systemd]);
    for (const stream of [this.#starter.stdout, this.#starter.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    }
  }

  static async boot(debian: Debian): Promise<RunningDebian> {
    const running = new RunningDebian(debian);
    const booted = (): boolean => /^(running|degraded)$/m.test(running.#state());
    await until('systemd is up', booted, 60).catch((error: unknown) => {
      throw new Error(running.#log, { cause: error });
    });
    return running;
  }

  /** Runs a script beside systemd. */
  run(script: string): Outcome {
    const into = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--root', '--wd'];
    const environment = ['PATH=/usr/sbin:/usr/bin', 'HOME=/root', 'LC_ALL=C.UTF-8'];
    const enter = ['nsenter', `--target=${this.#init}`, ...into, 'env', '-i', ...environment];
    return outcome(enter, ['DEBIAN_FRONTEND=noninteractive', 'sh', '-euc', script]);
  }

  /** As `run`; throws where the script fails. Without the line's end. */
  say(script: string): string {
    const { status, output } = this.run(script);
    if (status !== 0) throw new Error(`${script}: ${status}\n${output}`);
    return output.trimEnd();
  }

  /** Ends all its processes, and the namespaces with them. */
  stop(): void {
    if (this.#starter.exitCode === null) this.#starter.kill('SIGKILL');
  }

  #state(): string {
    this.#init ||= systemdOf(this.#starter.pid ?? 0);
    if (this.#starter.exitCode !== null) throw new Error('it ended');
    if (this.#init === 0) return '';
    return this.run('systemctl is-system-running || true').output;
  }
}

/** The systemd that a process has started; 0 while there is none. */
function systemdOf(parent: number): number {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8');
    const [child = ''] = children.split(' ');
    return readFileSync(`/proc/${child}/comm`, 'utf8') === 'systemd\n' ? Number(child) : 0;
  } catch {
    return 0;
  }
}

function outcome(command: readonly string[], args: readonly string[]): Outcome {
  const [program = '', ...rest] = command;
  const { status, stdout, stderr } = spawnSync(program, [...rest, ...args], {
    encoding: 'utf8',
    timeout: 80_000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, output: stdout + stderr };
}

/** Looks four times a second; throws where `check` did not hold within so many seconds. */
export async function until(what: string, check: () => boolean, seconds = 20): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!check()) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await sleep(250);
  }
}
