/** A poll that takes no longer says nothing. Chosen. */
const SILENT_MS = 1000;
/** Between two changes of the line. Chosen. */
const EVERY_MS = 200;
const BEGIN_OF_LINE = '\r';
const CLEAR_TO_END = '\u001B[K';

/** Where the line is written. A terminal takes it at once, so that it is seen while the poll keeps the thread. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** On a terminal, a line that says how far one long poll is; it is gone when the poll has ended. */
export class PollProgress {
  readonly #output: ProgressOutput;
  readonly #nowMs: () => number;
  #dueMs: number;
  #isShown = false;

  constructor(output: ProgressOutput = process.stderr, nowMs = () => performance.now()) {
    this.#output = output;
    this.#nowMs = nowMs;
    this.#dueMs = nowMs() + SILENT_MS;
  }

  /** As `NamespaceListener`. */
  readonly onNamespace = (looked: number, all: number): void => {
    const now = this.#nowMs();
    if (this.#output.isTTY !== true || now < this.#dueMs) return;
    this.#dueMs = now + EVERY_MS;
    this.#isShown = true;
    this.#show(`looked at ${looked} of ${all} network namespaces…`);
  };

  /** What a poll returns that tells how far it is. */
  static during<T>(poll: (onNamespace: PollProgress['onNamespace']) => T): T {
    const progress = new PollProgress();
    try {
      return poll(progress.onNamespace);
    } finally {
      progress.end();
    }
  }

  end(): void {
    if (this.#isShown) this.#show('');
    this.#isShown = false;
  }

  #show(text: string): void {
    this.#output.write(`${BEGIN_OF_LINE}${text}${CLEAR_TO_END}`);
  }
}
