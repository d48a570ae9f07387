import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';
import { IS_TRUE_ROOT } from './host.ts';
import type { Wrap } from './story.ts';

/** Why nothing can be traced here; undefined where it can. */
export const NO_TRACE =
  missing(['strace', 'strace']) ??
  (IS_TRUE_ROOT ? undefined : 'only root may trace what has capabilities');

export interface Call {
  readonly name: string;
  readonly text: string;
  readonly result: number;
}

/** The calls of one thread, in order. */
export interface Thread {
  readonly tid: number;
  readonly calls: readonly Call[];
}

export interface Trace {
  readonly wrap: Wrap;
  read(): readonly Thread[];
}

/**
 * Traces the system calls `calls`, as strace names them, of what `wrap` starts: one file for each thread, so that no call is
 * torn by another.
 */
export function trace(calls: string, ...more: readonly string[]): Trace {
  const directory = mkdtempSync(join(tmpdir(), 'epe-strace-'));
  const options = ['-ff', '-qq', '-s300', '--seccomp-bpf', '-o', join(directory, 'thread')];
  const strace = [tool('strace', 'strace'), ...options, ...more];
  return {
    wrap: (command) => [...strace, '-e', `trace=${calls}`, ...command],
    read: () => readdirSync(directory).map((file) => threadOf(join(directory, file))),
  };
}

function threadOf(path: string): Thread {
  const lines = readFileSync(path, 'utf8').split('\n');
  return { tid: Number(path.split('.').at(-1)), calls: lines.flatMap(callOf) };
}

function callOf(line: string): readonly Call[] {
  const [, name = '', text = '', result = ''] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(line) ?? [];
  return name === '' ? [] : [{ name, text, result: Number(result) }];
}
