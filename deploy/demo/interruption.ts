/** Signals that end the demo early, with the exit status that a shell gives them: 128 and the signal's number. */
const STATUSES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Notices a signal, or that standard output cannot be written any more, for example because its reader has gone. */
export class Interruption {
  readonly #controller = new AbortController();
  /** The exit status; undefined while there is no interruption. */
  status: number | undefined;

  constructor() {
    for (const [name, status] of Object.entries(STATUSES)) {
      process.on(name, () => {
        this.#interrupt(status);
      });
    }
    process.stdout.on('error', () => {
      this.#interrupt(1);
    });
  }

  /** Aborted by the interruption. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #interrupt(status: number): void {
    this.status ??= status;
    this.#controller.abort();
  }
}
