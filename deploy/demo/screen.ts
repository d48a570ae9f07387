/** Seconds between two lines about the state, where there is no terminal to write over. */
const LINE_SECONDS = 10;

/** Of a terminal that does not say. */
const LINE_WIDTH = 80;

/** What is on the terminal: news stay, and below them the state of things is written over and over. */
export class Screen {
  readonly #out = process.stdout;
  #block: readonly string[] = [];
  #lastLine = -Infinity;

  /** A line that stays. */
  print(text: string): void {
    this.#erase();
    this.#out.write(`${text}\n`);
    this.#draw();
  }

  /** The state of things: on a terminal `block`, else `line`, and that not too often. */
  showState(line: string, block: readonly string[]): void {
    if (this.#out.isTTY) {
      this.#erase();
      this.#block = block;
      this.#draw();
    } else if (performance.now() - this.#lastLine >= LINE_SECONDS * 1000 - 500) {
      this.#lastLine = performance.now();
      this.#out.write(`${line}\n`);
    }
  }

  /** Leaves what is shown, and goes on below. */
  keepState(): void {
    this.#block = [];
  }

  /** A line that is too long is cut: where it wrapped, the block would have more lines than are erased. */
  #draw(): void {
    const width = this.#out.columns || LINE_WIDTH;
    for (const line of this.#block) this.#out.write(`${line.slice(0, width - 1)}\n`);
  }

  #erase(): void {
    if (this.#block.length > 0) this.#out.write(`\x1b[${this.#block.length}A\x1b[J`);
  }
}
