import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Programs from Debian packages: from the PATH, or unpacked into a folder of the checkout. */

/** Whatever uses this runs in the checkout, compiled to another folder or not. */
const CACHE = resolve('.cache/debian');

/** A tool that cannot be had; the tests that need it are skipped, and fail under CI. */
export class MissingTool extends Error {}

/** The path of `program`, fetched with its Debian package `name` where it is not installed. */
export function tool(program: string, name: string): string {
  const installed = onPath(program);
  if (installed !== undefined) return installed;
  const directory = join(CACHE, name);
  const fetched = findIn(directory, program);
  if (fetched !== undefined) return fetched;
  fetchOwn(name);
  const path = findIn(directory, program);
  if (path === undefined) throw new MissingTool(`the package ${name} has no ${program}`);
  return path;
}

/** A suite of Debian that has a newer Prometheus than this machine's. */
export const NEWER = 'forky';

/** The path of `program` of the suite `NEWER`: from the folder of the first of the packages it comes with. */
export function newerTool(program: string, packages: readonly [string, ...string[]]): string {
  const path = (): string | undefined => findIn(join(CACHE, `${packages[0]}-${NEWER}`), program);
  if (path() === undefined) {
    sayFetching(packages.join(', '));
    const fetch = `. deploy/demo/lab/debian.sh && fetch_packages ${[NEWER, ...packages].join(' ')}`;
    spawnSync('bash', ['-c', fetch], { stdio: 'ignore' });
  }
  const found = path();
  if (found === undefined) throw new MissingTool(`${program} of Debian ${NEWER} is not to be had`);
  return found;
}

/** Reason to skip a test that needs these tools; undefined where all are there. Throws under CI. */
export function missing(...tools: readonly (readonly [string, string])[]): string | undefined {
  return reasonToSkip(() => tools.map(([program, name]) => tool(program, name)));
}

/** Reason to skip a test that needs what `find` finds; undefined where it is there. Throws under CI. */
export function reasonToSkip(find: () => unknown): string | undefined {
  try {
    find();
    return undefined;
  } catch (error) {
    if (process.env['CI'] === 'true' || !(error instanceof MissingTool)) throw error;
    return error.message;
  }
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function findIn(directory: string, program: string): string | undefined {
  return ['usr/bin', 'usr/sbin', 'bin', 'sbin']
    .map((folder) => join(directory, folder, program))
    .find((path) => existsSync(path));
}

/** It takes a minute on a slow line: somebody who waits is to know what for. */
function sayFetching(packages: string): void {
  process.stderr.write(`fetching from Debian's packages: ${packages}\n`);
}

function fetchOwn(name: string): void {
  sayFetching(name);
  const fetch = `. deploy/demo/lab/debian.sh && fetch_own ${name}`;
  if (spawnSync('bash', ['-c', fetch], { stdio: 'ignore' }).status !== 0)
    throw new MissingTool(`${name} is neither installed nor to be had by apt-get`);
}
