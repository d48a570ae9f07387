import { objectFile } from '../../src/kernel/bpf/object-file.ts';

/** How the sockets are read; a line that is about one source is asked only where the build has it. */
export type Source = 'proc' | 'netlink' | 'bpf';

/** The sources this build has. */
export const SOURCES: readonly Source[] = [
  'proc',
  'netlink',
  ...(objectFile('tcp-sockets') === undefined ? [] : (['bpf'] as const)),
];
