import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';

/** A program goes on where a port is not to be had. */
export function tolerate(open: () => unknown): void {
  try {
    open();
  } catch (error) {
    const expected = ['EADDRINUSE', 'EADDRNOTAVAIL'];
    if (!(error instanceof SyscallError && expected.includes(error.errno))) throw error;
  }
}
