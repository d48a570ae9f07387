import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle, type Plugin } from 'rolldown';
import { describe, expect, test } from 'vitest';
import bundled from '../../.config/rolldown.config.ts';
import { pathOf, planted, ROOT } from './mutation.ts';
import { type Mutation, MUTATIONS } from './mutations.ts';

/** Inside the checkout, so that the copies of the program find koffi. */
const COPIES = join(ROOT, '.cache/mutants');

/** The built program with the error, for suites that start it; the path of its folder. */
async function build(mutation: Mutation): Promise<string> {
  mkdirSync(COPIES, { recursive: true });
  const folder = mkdtempSync(join(COPIES, 'mutant-'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const plugins = [bundled.plugins, plantedIn(mutation)];
  const output = { ...bundled.output, dir: join(folder, 'dist') };
  await bundle({ ...bundled, cwd: ROOT, plugins, output });
  return folder;
}

function plantedIn(mutation: Mutation): Plugin {
  return {
    name: 'planted error',
    transform: (code, id) => (id === pathOf(mutation) ? planted(code, mutation) : undefined),
  };
}

/** Runs the suite that must notice until its first failure. */
async function play(
  mutation: Mutation,
  environment: NodeJS.ProcessEnv,
): Promise<{ status: number; output: string }> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const config = ['--config', '.config/vitest.mutant.config.ts'];
  const child = spawn(process.execPath, [vitest, 'run', ...config, `test/${mutation.suite}`], {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, ...environment, MUTANT: String(MUTATIONS.indexOf(mutation)) },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number];
  endGroup(child);
  return { status, output };
}

/** A suite that is cut off at its first failure may leave programs behind that it started. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Suites of the daemon and of the commands start the built program; all others have the source in their own process. */
async function playBuilt(mutation: Mutation): ReturnType<typeof play> {
  const folder = await build(mutation);
  try {
    return await play(mutation, { EXPORTER: join(folder, 'dist/main.js') });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const startsProgram = ({ suite }: Mutation): boolean => /^(?:daemon|cli)\//.test(suite);

/** Those that take longest come first: nobody then waits for the last of them. */
const ORDERED = MUTATIONS.toSorted((a, b) => Number(startsProgram(b)) - Number(startsProgram(a)));

describe.concurrent('a planted error turns a scenario red', () => {
  test.each(ORDERED)('$rule ($suite)', async (mutation) => {
    const played = startsProgram(mutation) ? playBuilt(mutation) : play(mutation, {});
    const { status, output } = await played;
    expect(output).toMatch(/Tests .*1 failed/);
    expect(status).toBe(1);
  });
});
