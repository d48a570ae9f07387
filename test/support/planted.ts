import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Plants defects in the built program, from outside: JavaScript that Node.js runs in each of its threads first. */

const PRELUDE = `const { isMainThread, workerData } = require('node:worker_threads');
const isSampler = workerData?.options?.poll !== undefined;
`;

/** The environment in which the program runs `defect`, which may ask for `isMainThread` and `isSampler`. */
export function planted(defect: string): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'epe-planted-'));
  chmodSync(folder, 0o755);
  const path = join(folder, 'planted.cjs');
  writeFileSync(path, PRELUDE + defect);
  return { NODE_OPTIONS: `--require=${path}` };
}

/** A wrapper for `Daemon.startBy`: the command with `defect` planted. */
export function withDefect(defect: string): (...command: readonly string[]) => readonly string[] {
  const { NODE_OPTIONS = '' } = planted(defect);
  return (...command) => ['env', `NODE_OPTIONS=${NODE_OPTIONS}`, ...command];
}
