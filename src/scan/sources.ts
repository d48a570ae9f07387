import { KernelError } from '../kernel/kernel-error.ts';
import { KernelFileError } from '../kernel/proc/kernel-file.ts';
import { ProcSource } from '../kernel/proc/proc-source.ts';
import { BpfSource } from '../kernel/bpf/bpf-source.ts';
import { SockDiagSource } from '../kernel/netlink/sock-diag-source.ts';
import type { SocketSource, SourceName } from '../kernel/socket-row.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import { BackOff } from './back-off.ts';
import { BpfRows } from './bpf-rows.ts';

/** Where sockets are read; `auto` is the best that works: bpf, else netlink, else proc. */
export type SourceChoice = SourceName | 'auto';

/**
 * Reads a namespace. With `mayMiss` this attempt is the last, and what fails and is not required is to be left out; what
 * else fails is thrown.
 */
export type ReadBy<T> = (source: SocketSource, mayMiss: boolean) => T;

/** One attempt by netlink: what was read, and why something of it is missing. */
interface Attempt<T> {
  readonly value: T;
  readonly failure: unknown;
}

/**
 * The source in use, for each namespace: netlink, with the TCP rows of a BPF program where that may be loaded. Where netlink
 * fails, `auto` reads /proc, and tries netlink again after a while
 * that grows (`BackOff`), so that not every poll pays for a failure that lasts.
 */
export class Sources {
  #choice: SourceChoice;
  #backOffs = new WeakMap<Namespace, BackOff>();
  /** That of the exporter's own namespace. */
  #own: BackOff | undefined;
  readonly #bpf: BpfRows;
  /** Of the exporter's own namespace. */
  #netlink: SockDiagSource | undefined;
  #nowMs = 0;
  #intervalMs = 0;
  #problemElsewhere = '';

  constructor(choice: SourceChoice, bpf = new BpfRows()) {
    this.#choice = choice;
    this.#bpf = bpf;
  }

  /**
   * Why the exporter's own namespace is read by another source than was asked for: by /proc where netlink does not work, by
   * netlink where `bpf` was chosen. Empty where nothing failed; `auto` does not ask for `bpf`.
   */
  get fallbackReason(): string {
    if (this.#choice === 'bpf') return this.#bpf.problem;
    return this.#choice === 'auto' ? (this.#own?.problem ?? '') : '';
  }

  /** The same of the first other namespace that was entered at this poll. */
  get problemElsewhere(): string {
    return this.#problemElsewhere;
  }

  /** Puts a choice in force, the same one too; `auto` then tries netlink again. */
  choose(choice: SourceChoice): void {
    this.#choice = choice;
    this.#backOffs = new WeakMap();
    this.#own = undefined;
    if (choice === 'proc') this.#closeNetlink();
    if (!mayUseBpf(choice)) this.#bpf.close();
  }

  /** Begins a poll at `nowMs`, which is monotonic; the next one is due `intervalMs` later. */
  begin(nowMs: number, intervalMs: number): void {
    this.#nowMs = nowMs;
    this.#intervalMs = intervalMs;
    this.#problemElsewhere = '';
  }

  /**
   * Calls `read` with the source in use for the namespace, and again with /proc where netlink fails and `auto` is
   * chosen. Where this thread has no sockets in the namespace, /proc is read always. Throws `KernelError`.
   */
  with<T>(namespace: Namespace, view: NetnsView, read: ReadBy<T>): T {
    const readProc = (): T => read(new ProcSource(view.net), true);
    if (this.#choice === 'proc' || view.sockets === 'none') return readProc();
    const backOff = this.#backOffOf(namespace, view);
    if (this.#choice === 'netlink' || this.#choice === 'bpf')
      return this.#tryNetlink(backOff, view, read);
    const readWhole: ReadBy<T> = (source) => read(source, false);
    try {
      if (this.#isDue(backOff)) return this.#tryNetlink(backOff, view, readWhole);
    } catch (error) {
      if (!isNetlinkError(error)) throw error;
    }
    if (backOff !== this.#own) this.#problemElsewhere ||= backOff.problem;
    return readProc();
  }

  #backOffOf(namespace: Namespace, { sockets }: NetnsView): BackOff {
    const backOff = this.#backOffs.get(namespace) ?? new BackOff();
    this.#backOffs.set(namespace, backOff);
    if (sockets === 'lasting') this.#own = backOff;
    return backOff;
  }

  /** What fails in the exporter's own namespace, where it needs the least, is not tried in others. */
  #isDue(backOff: BackOff): boolean {
    return backOff.isDue(this.#nowMs) && (this.#own?.isDue(this.#nowMs) ?? true);
  }

  /** Tries a second time where the last attempt did not fail: one lost reply need not end netlink. */
  #tryNetlink<T>(backOff: BackOff, view: NetnsView, read: ReadBy<T>): T {
    const attempt = (mayMiss: boolean): Attempt<T> => {
      const readOnce = (source: SocketSource): T => read(source, mayMiss);
      return view.sockets === 'brief'
        ? this.#withBrief(view, readOnce)
        : this.#withLasting(view, readOnce);
    };
    try {
      const { value, failure } = backOff.problem === '' ? tryTwice(attempt) : attempt(true);
      if (failure === undefined) backOff.succeed(this.#nowMs);
      else this.#noteFailure(backOff, failure);
      return value;
    } catch (error) {
      this.#noteFailure(backOff, error);
      throw error;
    }
  }

  #noteFailure(backOff: BackOff, error: unknown): void {
    if (isNetlinkError(error)) backOff.fail(error.message, this.#nowMs, this.#intervalMs);
  }

  /** The socket is closed after a failure: the rest of its reply must not be read as that of the next request. */
  #withLasting<T>({ net }: NetnsView, read: (source: SocketSource) => T): Attempt<T> {
    const source = (this.#netlink ??= SockDiagSource.open(net));
    try {
      const value = this.#withRowsOf(source, read);
      if (source.failure !== undefined) this.#closeNetlink();
      return { value, failure: source.failure };
    } catch (error) {
      this.#closeNetlink();
      throw error;
    }
  }

  /** Reads with a socket that is closed at once: an open one would keep the namespace and its devices alive. */
  #withBrief<T>({ net }: NetnsView, read: (source: SocketSource) => T): Attempt<T> {
    const source = SockDiagSource.open(net);
    try {
      const value = this.#withRowsOf(source, read);
      return { value, failure: source.failure };
    } finally {
      source.close();
    }
  }

  /** With TCP rows by BPF where it may be used and works, else by netlink alone. */
  #withRowsOf<T>(netlink: SockDiagSource, read: (source: SocketSource) => T): T {
    const [nowMs, intervalMs] = [this.#nowMs, this.#intervalMs];
    const tcp = mayUseBpf(this.#choice) ? this.#bpf.rows(nowMs, intervalMs) : undefined;
    if (tcp === undefined) return read(netlink);
    try {
      return read(new BpfSource(tcp, netlink));
    } catch (error) {
      this.#bpf.fail(error, nowMs, intervalMs);
      return read(netlink);
    }
  }

  #closeNetlink(): void {
    this.#netlink?.close();
    this.#netlink = undefined;
  }
}

function mayUseBpf(choice: SourceChoice): boolean {
  return choice === 'bpf' || choice === 'auto';
}

function tryTwice<T>(attempt: (mayMiss: boolean) => T): T {
  try {
    return attempt(false);
  } catch (error) {
    if (!isNetlinkError(error)) throw error;
  }
  return attempt(true);
}

/** A file of /proc that cannot be read says nothing about netlink. */
function isNetlinkError(error: unknown): error is KernelError {
  return error instanceof KernelError && !(error instanceof KernelFileError);
}
