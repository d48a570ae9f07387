/** What may end the demo early, and the exit status that says so. */
const STATUSES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** A signal from outside, or nobody reads any more. */
export class Interruption {
  readonly #controller = new AbortController();
  /** The exit status; undefined while nothing has happened. */
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

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #interrupt(status: number): void {
    this.status ??= status;
    this.#controller.abort();
  }
}
