import { createRequire } from 'node:module';
import { KernelError } from './kernel-error.ts';

/** System calls that Node.js does not offer, by koffi; no other file knows it. */

type Call = (...args: readonly unknown[]) => number;

interface Koffi {
  load(path: null): { func(declaration: string): Call };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

/** Functions of the C library, as in section 2 of the manual. A result below 0 is an error: see `errnoName()`. */
export interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array) => number;
  readonly send: (fd: number, bytes: Uint8Array) => number;
  /**
   * Receives one datagram into `into`, and the sender's address into `sender`, which is as long as it.
   * Returns the length of the whole datagram, also where it did not fit (`MSG_TRUNC`).
   */
  readonly recvfrom: (fd: number, into: Uint8Array, sender: Uint8Array) => number;
  readonly close: (fd: number) => number;
  readonly getsockopt: (fd: number, level: number, name: number, into: Uint8Array) => number;
  /** Moves the calling thread, and no other, into the namespace that `fd` refers to. */
  readonly setns: (fd: number, type: number) => number;
  /** The name of the last call's error, such as `EACCES`. */
  readonly errnoName: () => string;
}

const MSG_TRUNC = 0x20;

let loaded: Libc | undefined;

/** Loads koffi at the first call. Throws `KernelError` where this machine has no koffi. */
export function libc(): Libc {
  loaded ??= bind(loadKoffi());
  return loaded;
}

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    const problem = 'not installed or not for this platform; it is an optional package';
    throw new KernelError('koffi', problem, '', { cause });
  }
}

function bind(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const setsockopt = library.func('int setsockopt(int, int, int, const uint8_t *, uint32_t)');
  const send = library.func('long send(int, const uint8_t *, size_t, int)');
  const recvfrom = library.func(
    'long recvfrom(int, uint8_t *, size_t, int, uint8_t *, uint32_t *)',
  );
  const getsockopt = library.func('int getsockopt(int, int, int, uint8_t *, uint32_t *)');
  const length = new Uint32Array(1);
  return {
    socket: library.func('int socket(int, int, int)'),
    close: library.func('int close(int)'),
    setsockopt: (fd, level, name, value) => setsockopt(fd, level, name, value, value.length),
    send: (fd, bytes) => send(fd, bytes, bytes.length, 0),
    recvfrom: (fd, into, sender) => {
      length[0] = sender.length;
      return recvfrom(fd, into, into.length, MSG_TRUNC, sender, length);
    },
    getsockopt: (fd, level, name, into) => {
      length[0] = into.length;
      return getsockopt(fd, level, name, into, length);
    },
    setns: library.func('int setns(int, int)'),
    errnoName: () => {
      const code = koffi.errno();
      const name = Object.entries(koffi.os.errno).find(([, value]) => value === code)?.[0];
      return name ?? `errno ${code}`;
    },
  };
}

/**
 * Ends the process at once with `status`, by `_exit(2)`; without koffi by SIGKILL. For a process in which a
 * thread is stuck in a system call: `process.exit()` would wait for it.
 */
export function exitNow(status: number): void {
  try {
    loadKoffi().load(null).func('void _exit(int status)')(status);
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
