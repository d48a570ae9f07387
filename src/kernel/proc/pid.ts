import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Processes as procfs shows them. One that has gone, or that must not be seen, is no error. */

const BUFFER = Buffer.allocUnsafeSlow(8192);

/** The numbers of all processes in sight, in order: the lower one is the older, as a rule. */
export function listProcesses(procfs: string): readonly number[] {
  try {
    return readdirSync(procfs)
      .map(Number)
      .filter((pid) => pid > 0)
      .toSorted((a, b) => a - b);
  } catch {
    return [];
  }
}

/**
 * The number that the last new process or thread got; numbers are given in turn (`alloc_pid` in
 * kernel/pid.c). Undefined where `procfs` shows other processes than this thread's pid namespace.
 */
export function readLastPid(procfs: string): number | undefined {
  try {
    if (readlinkSync(join(procfs, 'self')) !== String(process.pid)) return undefined;
  } catch {
    return undefined;
  }
  const last = Number(readText(join(procfs, 'loadavg')).trim().split(' ').at(-1));
  return Number.isInteger(last) && last > 0 ? last : undefined;
}

/** Whether `pid` leads its process; procfs also answers for the numbers of other threads. */
export function isProcess(procfs: string, pid: number): boolean {
  const status = readText(join(procfs, String(pid), 'status'));
  return /^Tgid:\s*(\d+)$/m.exec(status)?.[1] === String(pid);
}

/** What tells a process from a later one of the same number. */
export interface ProcessBirth {
  /** In clock ticks since boot (`starttime` in proc_pid_stat(5)). */
  readonly startTicks: number;
  readonly command: string;
}

/** Undefined where the process has gone. */
export function readBirth(procfs: string, pid: number): ProcessBirth | undefined {
  const text = readText(join(procfs, String(pid), 'stat'));
  const end = text.lastIndexOf(')');
  const startTicks = Number(text.slice(end + 2).split(' ')[START_TIME]);
  if (end < 0 || !Number.isFinite(startTicks)) return undefined;
  return { startTicks, command: text.slice(text.indexOf('(') + 1, end) };
}

/** `starttime` is field 22; the first two, number and name, are cut off. */
const START_TIME = 19;

/** Empty where it cannot be read. */
function readText(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      return BUFFER.toString('utf8', 0, readSync(fd, BUFFER, 0, BUFFER.length, null));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
