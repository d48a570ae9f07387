import { BpfError } from '../kernel/bpf/bpf-object.ts';
import { openTcpRows, type TcpRows } from '../kernel/bpf/tcp-rows.ts';
import { BackOff } from './back-off.ts';

/**
 * The one BPF program that lists the sockets of all namespaces. Where it cannot be loaded, or fails, it is loaded again after a
 * while that grows.
 */
export class BpfRows {
  readonly #open: () => TcpRows;
  readonly #backOff = new BackOff();
  #rows: TcpRows | undefined;

  /** `open` loads the program; it throws `BpfError` where that cannot be. */
  constructor(open: () => TcpRows = openTcpRows) {
    this.#open = open;
  }

  /** Why it is not in use; empty where it is, or was never tried. */
  get problem(): string {
    return this.#backOff.problem;
  }

  /** Undefined where it is not to be had at `nowMs`, which is monotonic; the next poll is due `intervalMs` later. */
  rows(nowMs: number, intervalMs: number): TcpRows | undefined {
    if (this.#rows !== undefined || !this.#backOff.isDue(nowMs)) return this.#rows;
    try {
      this.#rows = this.#open();
      this.#backOff.succeed(nowMs);
    } catch (error) {
      this.fail(error, nowMs, intervalMs);
    }
    return this.#rows;
  }

  /** Notes what reading threw, and stops the use; throws `error` where it is none of BPF's. */
  fail(error: unknown, nowMs: number, intervalMs: number): void {
    if (!(error instanceof BpfError)) throw error;
    this.#backOff.fail(error.message, nowMs, intervalMs);
    this.close();
  }

  close(): void {
    this.#rows?.close();
    this.#rows = undefined;
  }
}
