import { statfsSync } from 'node:fs';

/** `PROC_SUPER_MAGIC` in include/uapi/linux/magic.h. */
const PROC_MAGIC = 0x9fa0;

/** Whether `path` is in a procfs that is mounted, and so shows this kernel: a copy, saved elsewhere, does not. */
export function isProcfs(path: string): boolean {
  try {
    return statfsSync(path).type === PROC_MAGIC;
  } catch {
    return false;
  }
}
