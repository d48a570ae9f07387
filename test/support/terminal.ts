import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonToSkip } from '../../deploy/demo/lab/tools.ts';
import { debianProgram } from './debian-program.ts';

/** Reason to skip what needs a terminal; undefined where tmux can be had. Throws under CI. */
export function missingTerminal(): string | undefined {
  return reasonToSkip(tmux);
}

/** tmux from the PATH, or with the libraries that this machine lacks. */
function tmux(): { readonly path: string; readonly environment: NodeJS.ProcessEnv } {
  if (existsSync('/usr/bin/tmux')) return { path: '/usr/bin/tmux', environment: process.env };
  const { folder, environment } = debianProgram('tmux', '../bin/tmux');
  return { path: `${folder}/usr/bin/tmux`, environment };
}

let terminals = 0;

/** A terminal, drawn by tmux, with a shell in the network namespace of this thread. */
export class Terminal {
  readonly #server = `epe-${process.pid}-${(terminals += 1)}`;
  readonly #tmux = tmux();

  constructor(width: number, height: number) {
    const size = ['-x', `${width}`, '-y', `${height}`];
    this.#run('-f', '/dev/null', 'new-session', '-d', ...size, 'env PS1="$ " bash --norc');
    this.#run('set', '-g', 'set-clipboard', 'on');
  }

  /** Keys by tmux's names, and texts. */
  press(...keys: readonly string[]): void {
    this.#run('send-keys', ...keys);
  }

  /** Types a line for the shell. */
  type(line: string): void {
    this.press('-l', line);
    this.press('Enter');
  }

  resize(width: number, height: number): void {
    this.#run('resize-window', '-x', `${width}`, '-y', `${height}`);
  }

  /** What is seen; with `isStyled` the escape sequences of its colors too. */
  screen(isStyled = false): string {
    return this.#run('capture-pane', '-p', ...(isStyled ? ['-e'] : []));
  }

  /** Waits until the screen matches; returns it. */
  async until(expected: RegExp, seconds = 20): Promise<string> {
    for (let tries = 0; tries < seconds * 10; tries += 1) {
      const screen = this.screen();
      if (expected.test(screen)) return screen;
      await sleep(100);
    }
    throw new Error(`no ${String(expected)} within ${seconds} s on the screen:\n${this.screen()}`);
  }

  /** What a program has put into the clipboard. */
  clipboard(): string {
    return this.#run('show-buffer');
  }

  /** `1 1`: whether a program has the alternate screen, and whether the cursor is seen. */
  modes(): string {
    return this.#run('display', '-p', '#{alternate_on} #{cursor_flag}').trim();
  }

  close(): void {
    spawnSync(this.#tmux.path, ['-L', this.#server, 'kill-server'], this.#options());
  }

  #run(...args: readonly string[]): string {
    const all = ['-L', this.#server, ...args];
    const { status, stdout, stderr } = spawnSync(this.#tmux.path, all, this.#options());
    if (status !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  #options() {
    const { environment } = this.#tmux;
    const env = { ...environment, LANG: 'C.UTF-8', TERM: 'xterm-256color' };
    return { encoding: 'utf8', env } as const;
  }
}
