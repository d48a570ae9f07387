import { DescriptorList, newSlots } from './descriptors.ts';
import { KernelError } from './kernel-error.ts';
import { errnoName, type Koffi, withKoffi } from './koffi.ts';

/** System calls that Node.js does not offer. */

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
  readonly bind: (fd: number, address: Uint8Array) => number;
  /** Moves the calling thread, and no other, into the namespace that `fd` refers to. */
  readonly setns: (fd: number, type: number) => number;
  /** Another descriptor of the same open file, which ends with an `exec`. */
  readonly dup: (fd: number) => number;
  /** The name of the last call's error, such as `EACCES`. */
  readonly errnoName: () => string;
}

const MSG_TRUNC = 0x20;
const F_DUPFD_CLOEXEC = 1030;

let loaded: Libc | KernelError | undefined;

/** The sockets that this thread has open. */
let descriptors = new DescriptorList(newSlots());

/** Notes the sockets of this thread in memory that another thread can see (see `DescriptorList`). */
export function noteDescriptorsIn(slots: Int32Array): void {
  descriptors = new DescriptorList(slots);
}

/** Notes a descriptor that another library has opened, as those are noted that this one opens. */
export function noteDescriptor(fd: number): void {
  descriptors.add(fd);
}

/** Leaves a noted descriptor open when this thread ends. */
export function keepDescriptor(fd: number): void {
  descriptors.remove(fd);
}

/**
 * Loads koffi at the first call. Throws `KernelError` where this machine has no koffi, or one that does not work; that is
 * not tried again.
 */
export function libc(): Libc {
  loaded ??= load();
  if (loaded instanceof KernelError) throw loaded;
  return loaded;
}

function load(): Libc | KernelError {
  try {
    return withKoffi(bind);
  } catch (cause) {
    return new KernelError('koffi', problemOf(cause), '', { cause });
  }
}

const MISSING = 'not installed or not for this platform; it is an optional package';

/** What is thrown comes from Node.js, koffi or the dynamic linker. koffi's binary is a package of its own. */
function problemOf(cause: unknown): string {
  const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  const isMissing = /^Cannot find (?:module 'koffi'|the native Koffi module)/.test(reason);
  return isMissing ? MISSING : `installed, but does not work here (${reason})`;
}

function bind(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const setsockopt = library.func('int setsockopt(int, int, int, const uint8_t *, uint32_t)');
  const send = library.func('long send(int, const uint8_t *, size_t, int)');
  const recvfrom = library.func(
    'long recvfrom(int, uint8_t *, size_t, int, uint8_t *, uint32_t *)',
  );
  const getsockopt = library.func('int getsockopt(int, int, int, uint8_t *, uint32_t *)');
  const socket = library.func('int socket(int, int, int)');
  const close = library.func('int close(int)');
  const bindTo = library.func('int bind(int, const uint8_t *, uint32_t)');
  const fcntl = library.func('int fcntl(int, int, int)');
  const length = new Uint32Array(1);
  return {
    socket: (domain, type, protocol) => {
      const fd = socket(domain, type, protocol);
      descriptors.add(fd);
      return fd;
    },
    close: (fd) => {
      descriptors.remove(fd);
      return close(fd);
    },
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
    bind: (fd, address) => bindTo(fd, address, address.length),
    setns: library.func('int setns(int, int)'),
    dup: (fd) => {
      const copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
      descriptors.add(copy);
      return copy;
    },
    errnoName: () => errnoName(koffi, koffi.errno()),
  };
}

/**
 * Ends the process at once with `status`, by `_exit(2)`; without koffi by SIGKILL. For a process in which a
 * thread is stuck in a system call: `process.exit()` would wait for it.
 */
export function exitNow(status: number): void {
  try {
    withKoffi((koffi) => koffi.load(null).func('void _exit(int status)'))(status);
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
