import { KernelError } from '../kernel-error.ts';
import { libc } from '../libc.ts';

const [AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC, SOL_SOCKET] = [16, 3, 0o2000000, 1];
const [SO_RCVBUF, SO_RCVTIMEO] = [8, 20];

/** Chosen: room for 32 of the largest datagrams (see answer.ts); the kernel may allow less. */
const RECEIVE_BUFFER_BYTES = new Uint8Array(new Int32Array([1_048_576]).buffer);

/** Chosen: the kernel answers within microseconds; a poll must go on when it does not. */
const RECEIVE_TIMEOUT_SECONDS = 2;
/** `struct timeval`. */
const RECEIVE_TIMEOUT = new Uint8Array(
  new BigInt64Array([BigInt(RECEIVE_TIMEOUT_SECONDS), 0n]).buffer,
);

/** Where datagrams are sent to and come from: the kernel, or a test. */
export interface NetlinkTransport {
  /** Throws `KernelError`. */
  send(request: Uint8Array): void;
  /**
   * Receives one datagram into `into`. Returns its whole length in bytes, also where it did not fit; 0 where
   * it did not come from the kernel. Throws `KernelError`, with errno `EAGAIN` where none came in time.
   */
  receive(into: Uint8Array): number;
  close(): void;
}

/** A netlink socket. Datagrams of other senders than the kernel (a port id other than 0) are dropped. */
export class KernelTransport implements NetlinkTransport {
  readonly #name: string;
  readonly #fd: number;
  /** `struct sockaddr_nl`: the port id is the second word. */
  readonly #sender = new Uint8Array(12);
  readonly #senderWords = new Uint32Array(this.#sender.buffer);

  private constructor(name: string, fd: number) {
    this.#name = name;
    this.#fd = fd;
  }

  /**
   * Opens a socket of a netlink `family` in the namespace that this thread is in. `name` is what errors call
   * it. Throws `KernelError`.
   */
  static open(family: number, name: string): KernelTransport {
    const fd = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
    if (fd < 0) throw failed(name, 'cannot open a netlink socket');
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, RECEIVE_TIMEOUT);
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    return new KernelTransport(name, fd);
  }

  send(request: Uint8Array): void {
    if (libc().send(this.#fd, request) < 0) throw failed(this.#name, 'a request was refused');
  }

  receive(into: Uint8Array): number {
    const length = libc().recvfrom(this.#fd, into, this.#sender);
    if (length < 0) this.#throwUnlessInterrupted();
    return length < 0 || this.#senderWords[1] !== 0 ? 0 : length;
  }

  close(): void {
    libc().close(this.#fd);
  }

  #throwUnlessInterrupted(): void {
    const errno = libc().errnoName();
    if (errno === 'EINTR') return;
    const isTimeout = errno === 'EAGAIN' || errno === 'EWOULDBLOCK';
    const problem = isTimeout
      ? `no answer within ${RECEIVE_TIMEOUT_SECONDS} s`
      : `cannot be read (${errno})`;
    throw new KernelError(this.#name, problem, errno);
  }
}

function failed(name: string, problem: string): KernelError {
  const errno = libc().errnoName();
  return new KernelError(name, `${problem} (${errno})`, errno);
}
