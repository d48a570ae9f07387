/** Signals that the daemon handles. */
type Signal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Takes signals from the moment at which it is made, and keeps one that nobody handles yet. Without this a SIGHUP while
 * the program starts would end it (signal(7)), and a SIGTERM would be lost where it is PID 1 of a container
 * (pid_namespaces(7)).
 */
export class Signals {
  readonly #early = new Set<Signal>();
  readonly #handlers = new Map<Signal, (signal: Signal) => void>();
  readonly #take = (signal: Signal): void => {
    const handle = this.#handlers.get(signal);
    if (handle === undefined) this.#early.add(signal);
    else handle(signal);
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#take);
    // Node.js would open its inspector, through which whoever connects can run code in this process.
    process.on('SIGUSR1', () => undefined);
  }

  /** Calls `handle` at each `signal` from now on, and at once where one came before. */
  on(signal: Signal, handle: (signal: Signal) => void): void {
    this.#handlers.set(signal, handle);
    if (this.#early.delete(signal)) handle(signal);
  }

  /** Gives `signals` the effect back that they have on any program; those that came early have it now. */
  release(signals: readonly Signal[] = SIGNALS): void {
    for (const signal of signals) {
      process.off(signal, this.#take);
      if (this.#early.delete(signal)) process.kill(process.pid, signal);
    }
  }
}
