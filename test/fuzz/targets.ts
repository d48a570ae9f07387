import { FILE_TARGETS } from './file-targets.ts';
import { KERNEL_TARGETS } from './kernel-targets.ts';
import type { Target } from './target.ts';
import { USER_TARGETS } from './user-targets.ts';

/** Every parser of the program that reads bytes of the kernel, of a user or of a client. */
export const TARGETS: readonly Target[] = [...KERNEL_TARGETS, ...FILE_TARGETS, ...USER_TARGETS];
