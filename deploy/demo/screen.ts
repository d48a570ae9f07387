/** Seconds between two lines about the state where output is no terminal: some twenty lines for a whole run. */
const LINE_SECONDS = 10;

/** Half the time between two calls, so that a call that comes a little early is not taken for one too many. */
const HALF_POLL_SECONDS = 0.5;

/** Columns of a terminal that does not report its width; the traditional number. */
const LINE_WIDTH = 80;

/**
 * The output of the demo. Printed lines stay. Below them, on a terminal, is a block with the current state, which is
 * erased and written again at each change.
 */
export class Screen {
  readonly #out = process.stdout;
  #block: readonly string[] = [];
  #lastLine = -Infinity;

  /** Prints a line that stays, above the state. */
  print(text: string): void {
    this.#erase();
    this.#out.write(`${text}\n`);
    this.#draw();
  }

  /** Shows the current state: on a terminal `block`, elsewhere `line`, at most once in `LINE_SECONDS`. */
  showState(line: string, block: readonly string[]): void {
    if (this.#out.isTTY) {
      this.#erase();
      this.#block = block;
      this.#draw();
    } else if (performance.now() - this.#lastLine >= (LINE_SECONDS - HALF_POLL_SECONDS) * 1000) {
      this.#lastLine = performance.now();
      this.#out.write(`${line}\n`);
    }
  }

  /** Leaves the state as it is shown last; what is printed from now on comes below it. */
  keepState(): void {
    this.#block = [];
  }

  /** A line that is too long is cut: if it wrapped, the block would have more lines than `#erase` goes up. */
  #draw(): void {
    const width = this.#out.columns || LINE_WIDTH;
    for (const line of this.#block) this.#out.write(`${line.slice(0, width - 1)}\n`);
  }

  /** ANSI escape sequences: up by the block's lines, then erase to the end of the screen. */
  #erase(): void {
    if (this.#block.length > 0) this.#out.write(`\x1b[${this.#block.length}A\x1b[J`);
  }
}
