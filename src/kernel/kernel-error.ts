/** The kernel refused, or did not answer as Linux does. The message names the file or the interface. */
export class KernelError extends Error {
  override readonly name: string = 'KernelError';
  /** The errno name where a system call refused; empty where the answer was wrong. */
  readonly errno: string;

  constructor(from: string, problem: string, errno = '') {
    super(`${from}: ${problem}`);
    this.errno = errno;
  }
}
