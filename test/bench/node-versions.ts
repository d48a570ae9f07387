import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A Node.js other than the one at hand, from the npm registry: the path of its program. */
export function fetchNode(major: number): string {
  const directory = resolve(`.cache/node${major}`);
  const name = `node-linux-${process.arch}`;
  const program = join(directory, 'node_modules', name, 'bin/node');
  if (!existsSync(program)) {
    const where = ['--prefix', directory, '--no-save', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...where, `${name}@${major}`], { stdio: 'ignore' });
  }
  return program;
}

/** The major version of the Node.js at hand. */
export const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
