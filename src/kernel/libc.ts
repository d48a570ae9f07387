import { createRequire } from 'node:module';

interface Library {
  func(declaration: string): (status: number) => void;
}

interface Koffi {
  load(path: null): Library;
}

/**
 * Ends the process at once with `status`: `_exit(2)` through koffi, or SIGKILL on itself without it.
 * For the case where a thread is stuck in a system call, when `process.exit()` would wait for it.
 */
export function exitNow(status: number): void {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    koffi.load(null).func('void _exit(int status)')(status);
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
