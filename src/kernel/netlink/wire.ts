import { KernelError } from '../kernel-error.ts';
import { libc } from '../libc.ts';

const [AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC, SOL_SOCKET] = [16, 3, 0o2000000, 1];
const [SO_RCVBUF, SO_RCVTIMEO] = [8, 20];

const RECEIVE_BUFFER_BYTES = 1_048_576;
/** How long the kernel may stay silent. */
const SILENCE_SECONDS = 2;

/** Where a socket's bytes come from; the kernel, but for tests. */
export interface Wire {
  /** Throws `KernelError`. */
  send(request: Uint8Array): void;
  /** One datagram into `into`; its whole length, 0 where it was not for us. Throws `KernelError`. */
  receive(into: Uint8Array): number;
  close(): void;
}

/** A socket of the kernel's. Datagrams of anybody else (port id other than 0) are dropped. */
export class KernelWire implements Wire {
  readonly #name: string;
  readonly #fd: number;
  readonly #sender = new Uint8Array(12);
  readonly #senderWords = new Uint32Array(this.#sender.buffer);

  private constructor(name: string, fd: number) {
    this.#name = name;
    this.#fd = fd;
  }

  static open(family: number, name: string): KernelWire {
    const fd = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
    if (fd < 0) throw failed(name, 'no netlink socket is to be had');
    const seconds = new BigInt64Array([BigInt(SILENCE_SECONDS), 0n]);
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, new Uint8Array(seconds.buffer));
    const buffer = new Int32Array([RECEIVE_BUFFER_BYTES]);
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(buffer.buffer));
    return new KernelWire(name, fd);
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
    const silent = errno === 'EAGAIN' || errno === 'EWOULDBLOCK';
    const problem = silent ? `no answer within ${SILENCE_SECONDS} s` : `cannot be read (${errno})`;
    throw new KernelError(this.#name, problem, errno);
  }
}

function failed(name: string, problem: string): KernelError {
  const errno = libc().errnoName();
  return new KernelError(name, `${problem} (${errno})`, errno);
}
