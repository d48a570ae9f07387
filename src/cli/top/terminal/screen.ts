import { createInterface, emitKeypressEvents } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import ansiEscapes from 'ansi-escapes';
import { createLogUpdate } from 'log-update';
import { osc52 } from './clipboard.ts';
import type { Key } from '../keys/key.ts';
import type { Size } from '../frame/scene.ts';

/** Chosen: the rest of an arrow key's sequence comes sooner, also over SSH; node:readline would wait half a second. */
const ESCAPE_MS = 50;

/** The terminal while `top` has it: another screen, without a cursor, which hands over each key. */
export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #leave = (): void => {
    this.leave();
  };
  #isEntered = false;

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
    // It would hide the cursor of standard error, which may be another terminal.
    this.#draw = createLogUpdate(output, { showCursor: true });
    const timing = createInterface({ input: new PassThrough(), escapeCodeTimeout: ESCAPE_MS });
    emitKeypressEvents(input, timing);
    // Whatever ends the process: an error that nobody handles is printed after this.
    process.on('exit', this.#leave).on('uncaughtExceptionMonitor', this.#leave);
  }

  /** One line is lost: what draws ends each with a line break, which must not scroll. */
  get size(): Size {
    const { columns, rows } = this.#output;
    return { width: Math.max(20, columns), height: Math.max(2, rows - 1) };
  }

  onKey(take: (key: Key) => void): void {
    this.#input.on('keypress', (_text: string | undefined, key: Key) => {
      take(key);
    });
  }

  onResize(take: () => void): void {
    this.#output.on('resize', take);
  }

  enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ansiEscapes.enterAlternativeScreen + ansiEscapes.cursorHide);
    this.clear();
  }

  /** Gives the terminal back as it was; does nothing where that was done. */
  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#output.write(ansiEscapes.cursorShow + ansiEscapes.exitAlternativeScreen);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  /** For the next screen to be drawn as a whole. */
  clear(): void {
    this.#output.write(ansiEscapes.eraseScreen + ansiEscapes.cursorTo(0, 0));
    this.#draw.done();
  }

  /**
   * Writes the lines that have changed. None is empty: where the last one that has changed is, log-update 7.2 takes the cursor to be
   * a line further down than it is, and all that follows is drawn in the wrong place.
   */
  draw(lines: readonly string[]): void {
    const filled = lines.map((line) => (line === '' ? ' ' : line));
    if (this.#isEntered) this.#draw(filled.join('\n'));
  }

  copy(text: string): void {
    this.#output.write(osc52(text));
  }
}
