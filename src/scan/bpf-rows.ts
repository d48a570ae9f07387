import { BpfError } from '../kernel/bpf/bpf-object.ts';
import { TcpIterator } from '../kernel/bpf/tcp-iterator.ts';
import { BackOff } from './back-off.ts';

/**
 * The one BPF program that lists the sockets of all namespaces. Where it cannot be loaded, or fails, it is loaded again after a
 * while that grows.
 */
export class BpfRows {
  readonly #open: () => TcpIterator;
  readonly #backOff = new BackOff();
  #iterator: TcpIterator | undefined;

  /** `open` loads the program; it throws `BpfError` where that cannot be. */
  constructor(open: () => TcpIterator = () => TcpIterator.open()) {
    this.#open = open;
  }

  /** Why it is not in use; empty where it is, or was never tried. */
  get problem(): string {
    return this.#backOff.problem;
  }

  /** Undefined where it is not to be had at `nowMs`, which is monotonic; the next poll is due `intervalMs` later. */
  iterator(nowMs: number, intervalMs: number): TcpIterator | undefined {
    if (this.#iterator !== undefined || !this.#backOff.isDue(nowMs)) return this.#iterator;
    try {
      this.#iterator = this.#open();
      this.#backOff.succeed(nowMs);
    } catch (error) {
      this.fail(error, nowMs, intervalMs);
    }
    return this.#iterator;
  }

  /** Notes what reading threw, and stops the use; throws `error` where it is none of BPF's. */
  fail(error: unknown, nowMs: number, intervalMs: number): void {
    if (!(error instanceof BpfError)) throw error;
    this.#backOff.fail(error.message, nowMs, intervalMs);
    this.close();
  }

  close(): void {
    this.#iterator?.close();
    this.#iterator = undefined;
  }
}
