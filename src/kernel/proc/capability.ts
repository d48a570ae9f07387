import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/** Numbers of capabilities in include/uapi/linux/capability.h. */
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_PTRACE = 19;

/**
 * Whether this thread has `capability`, by `CapEff` in proc_pid_status(5). `procfs` is where procfs is
 * mounted. Throws `KernelFileError`.
 */
export function hasCapability(procfs: string, capability: number): boolean {
  const status = readKernelFile(join(procfs, 'thread-self/status')) ?? '';
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> BigInt(capability)) & 1n) === 1n;
}
