import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { readOr } from '../shortage.ts';
import { wholeNumber } from '../whole-number.ts';

/**
 * Processes as procfs shows them. One that has ended, or that must not be seen, is no error. Every function
 * throws `KernelFileError` where descriptors or memory are short: that is not the end of a process.
 */

/** Longer than any part of a file that is looked for here. */
const BUFFER = Buffer.allocUnsafeSlow(8192);

/** The pids of all processes that can be seen, in ascending order; empty where `procfs` cannot be read. */
export function listProcesses(procfs: string): readonly number[] {
  return readOr(procfs, [], () => readdirSync(procfs))
    .map(Number)
    .filter((pid) => pid > 0)
    .toSorted((a, b) => a - b);
}

/**
 * The pid that the newest process or thread got (`loadavg_proc_show` in fs/proc/loadavg.c). The kernel gives
 * pids in ascending order, and starts over at its maximum (`alloc_pid` in kernel/pid.c). Undefined where
 * `procfs` is that of another pid namespace.
 */
export function readLastPid(procfs: string): number | undefined {
  const self = join(procfs, 'self');
  if (readOr(self, '', () => readlinkSync(self)) !== String(process.pid)) return undefined;
  const last = wholeNumber(readText(join(procfs, 'loadavg')).trim().split(' ').at(-1));
  return last === 0 ? undefined : last;
}

/** Whether `pid` is that of a process; procfs has a directory for each other thread too (`Tgid` differs). */
export function isProcess(procfs: string, pid: number): boolean {
  const status = readText(join(procfs, String(pid), 'status'));
  return /^Tgid:\s*(\d+)$/m.exec(status)?.[1] === String(pid);
}

/** What distinguishes a process from a later one with the same pid. */
export interface ProcessBirth {
  /** When it started, in ticks of 1/100 s since boot (`starttime` in proc_pid_stat(5)). */
  readonly startTicks: number;
  /** The name of its program (`comm`). */
  readonly command: string;
}

/** From /proc/PID/stat (`do_task_stat` in fs/proc/array.c); undefined where the process has ended. */
export function readBirth(procfs: string, pid: number): ProcessBirth | undefined {
  const text = readText(join(procfs, String(pid), 'stat'));
  const end = text.lastIndexOf(')');
  const startTicks = wholeNumber(text.slice(end + 2).split(' ')[START_TIME]);
  if (end < 0 || startTicks === undefined) return undefined;
  return { startTicks, command: text.slice(text.indexOf('(') + 1, end) };
}

/** `starttime` is field 22; the first two, pid and name, are cut off. */
const START_TIME = 19;

/** Empty where it cannot be read. */
function readText(path: string): string {
  return readOr(path, '', () => {
    const fd = openSync(path, 'r');
    try {
      return BUFFER.toString('utf8', 0, readSync(fd, BUFFER, 0, BUFFER.length, null));
    } finally {
      closeSync(fd);
    }
  });
}
