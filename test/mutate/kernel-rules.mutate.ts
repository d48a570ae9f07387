import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { type Mutation, MUTATIONS } from './mutations.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['src', 'test', 'dist', '.config', 'package.json', 'tsconfig.json'];
const LINKED = ['node_modules', '.cache'];

/** A copy of the project with one error planted, built. */
function plant({ file, find, replace }: Mutation): string {
  const copy = mkdtempSync(join(tmpdir(), 'epe-mutant-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(copy, name));
  const path = join(copy, 'src', file);
  const source = readFileSync(path, 'utf8');
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Error(`${file} has "${find}" ${times} times: mend the mutation`);
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  build(copy, file, path);
  return copy;
}

/** Only the file with the error is compiled anew: the types were checked when all of it was built. */
function build(copy: string, file: string, path: string): void {
  const { compilerOptions } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (name) => {
    return readFileSync(name, 'utf8');
  }).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, ROOT);
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: { ...options, module: ts.ModuleKind.ESNext },
    fileName: path,
  });
  writeFileSync(join(copy, 'dist', file.replace(/\.ts$/, '.js')), outputText);
}

/** Runs one suite in the copy until its first failure. */
async function play(copy: string, suite: string): Promise<{ status: number; output: string }> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--config', '.config/vitest.config.ts', '--bail=1', `test/${suite}`];
  const child = spawn(process.execPath, [vitest, ...args], { cwd: copy });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number];
  return { status, output };
}

describe.concurrent('a planted error turns a scenario red', () => {
  test.each(MUTATIONS)('$rule ($suite)', async (mutation) => {
    const copy = plant(mutation);
    const { status, output } = await play(copy, mutation.suite);
    rmSync(copy, { recursive: true });
    expect(output).toMatch(/FAIL .*test\/(oracle|daemon)/);
    expect(status).toBe(1);
  });
});
