import { closeSync, openSync } from 'node:fs';
import { Network } from '../../deploy/demo/lab/network.ts';
import { setNetwork } from '../../deploy/demo/lab/syscalls.ts';

/** A network namespace that this thread, and what it starts, can enter again. */
export class Namespace {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** A new one, entered, with the kernel's defaults. */
  static enterNew(): Namespace {
    Network.enter();
    return Namespace.here();
  }

  /** The one that this thread is in. */
  static here(): Namespace {
    return new Namespace(openSync('/proc/thread-self/ns/net', 'r'));
  }

  /** The one that a file such as `/proc/PID/ns/net` leads to. */
  static open(path: string): Namespace {
    return new Namespace(openSync(path, 'r'));
  }

  enter(): void {
    setNetwork(this.#fd);
  }

  /** The name by which other programs can refer to it. */
  get path(): string {
    return `/proc/${process.pid}/fd/${this.#fd}`;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
