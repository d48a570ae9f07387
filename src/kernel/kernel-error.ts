/**
 * A system call failed, or the kernel's answer is not what Linux writes there. The message begins with the
 * file or the interface. Where the error of a system call is wrapped, it is the `cause`.
 */
export class KernelError extends Error {
  override readonly name: string = 'KernelError';
  /** The name of the system call's error, such as `EACCES`; empty where the answer was wrong. */
  readonly errno: string;

  /** `from` is the file or the interface. */
  constructor(from: string, problem: string, errno = '', options?: ErrorOptions) {
    super(`${from}: ${problem}`, options);
    this.errno = errno;
  }
}
