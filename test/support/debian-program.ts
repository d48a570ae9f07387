import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MissingTool, reasonToSkip } from '../../deploy/demo/lab/tools.ts';

const CACHE = resolve('.cache/debian');

/** A program of a Debian package that is unpacked, with the libraries that this machine lacks, into a folder. */
export interface DebianProgram {
  readonly path: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * The program of a package, or that it is named after, fetched where it is not there yet; `place` is the folder that it is
 * in. Throws `MissingTool`.
 */
export function debianProgram(name: string, program = name, place = 'usr/sbin'): DebianProgram {
  const folder = join(CACHE, name);
  if (!existsSync(folder)) {
    const fetch = `. deploy/demo/lab/debian.sh && fetch_with_libraries ${name}`;
    spawnSync('bash', ['-c', fetch], { stdio: 'ignore' });
  }
  const path = join(folder, place, program);
  if (!existsSync(path)) throw new MissingTool(`the package ${name} is not to be had`);
  const libraries = ['lib', 'usr/lib'].flatMap((library) => architectures(join(folder, library)));
  const environment = { ...process.env, LD_LIBRARY_PATH: libraries.join(':') };
  return { path, folder, environment };
}

/** Reason to skip a test that needs the program; undefined where it is there. Throws under CI. */
export function missingProgram(name: string, program = name, place?: string): string | undefined {
  return reasonToSkip(() => debianProgram(name, program, place));
}

/** Starts it in the network namespace that this thread is in; it writes to this process's standard error. */
export function startProgram(
  { path, environment }: DebianProgram,
  args: readonly string[],
): ChildProcess {
  return spawn(path, args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Folders such as `lib/x86_64-linux-gnu`, and the one in it of libraries that others bring along. */
function architectures(library: string): readonly string[] {
  if (!existsSync(library)) return [];
  const names = readdirSync(library).filter((name) => name.endsWith('-linux-gnu'));
  return names.flatMap((name) => [join(library, name), join(library, name, 'pulseaudio')]);
}
