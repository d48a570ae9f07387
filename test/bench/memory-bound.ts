import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A bound on the memory of one command and all that it starts. */
export interface MemoryBound {
  /** What bounds it. */
  readonly title: string;
  /** Runs the command that follows it within the bound. */
  readonly command: readonly string[];
  /** Once all processes in it have ended. */
  readonly remove: () => Promise<void>;
}

/** A cgroup, which counts all that is resident; else a limit on the data of each process. */
export function memoryBound(mebibytes: number): MemoryBound {
  return cgroupV2(mebibytes) ?? cgroupV1(mebibytes) ?? dataLimit(mebibytes);
}

const NAME = `ephemeral-ports-bench-${process.pid}`;

function cgroupV2(mebibytes: number): MemoryBound | undefined {
  const root = mountOf((type) => type === 'cgroup2');
  if (root === undefined) return undefined;
  write(join(root, 'cgroup.subtree_control'), '+memory');
  return cgroup(root, mebibytes, 'memory.max', 'memory.swap.max');
}

/** The limit on memory and swap together cannot be lower than the one on memory. */
function cgroupV1(mebibytes: number): MemoryBound | undefined {
  const root = mountOf((type, options) => type === 'cgroup' && options.includes('memory'));
  if (root === undefined) return undefined;
  return cgroup(root, mebibytes, 'memory.limit_in_bytes');
}

/** Moves the shell into the cgroup, and what it becomes. */
const ENTER = 'echo $$ > "$0" && exec "$@"';

/** Undefined where it cannot be made, or has no such limit. */
function cgroup(
  root: string,
  mebibytes: number,
  limit: string,
  swapLimit?: string,
): MemoryBound | undefined {
  const directory = join(root, NAME);
  try {
    mkdirSync(directory, { recursive: true });
  } catch {
    return undefined;
  }
  if (!write(join(directory, limit), String(mebibytes * 1_048_576))) {
    rmdirSync(directory);
    return undefined;
  }
  if (swapLimit !== undefined) write(join(directory, swapLimit), '0');
  return {
    title: `a memory cgroup of ${mebibytes} MiB`,
    command: ['sh', '-c', ENTER, join(directory, 'cgroup.procs')],
    remove: () => removeWhenEmpty(directory),
  };
}

/**
 * RLIMIT_DATA counts what is private and writable (`is_data_mapping` in mm/mmap.c), touched or not: a
 * stricter bound than that of a cgroup for what the process allocates, and none for files.
 */
function dataLimit(mebibytes: number): MemoryBound {
  return {
    title: `a limit of ${mebibytes} MiB on data (RLIMIT_DATA)`,
    command: ['prlimit', `--data=${mebibytes * 1_048_576}`],
    remove: () => Promise.resolve(),
  };
}

function mountOf(
  matches: (type: string, options: readonly string[]) => boolean,
): string | undefined {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  return mounts
    .map((line) => line.split(' '))
    .find(([, , type = '', options = '']) => matches(type, options.split(',')))?.[1];
}

/** Whether the kernel took it. */
function write(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

async function removeWhenEmpty(directory: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      rmdirSync(directory);
      return;
    } catch {
      await sleep(50);
    }
  }
}
