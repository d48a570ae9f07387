/** How the sockets are read; a line that is about one source is asked only where the build has it. */
export type Source = 'proc' | 'netlink';

/** The sources this build has. */
export const SOURCES: readonly Source[] = ['proc', 'netlink'];
