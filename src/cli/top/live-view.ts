import type { Overview } from '../../answers/overview/overview.ts';
import { frame, type Frame } from './frame/frame.ts';
import type { Key } from './keys/key.ts';
import { type Effect, press } from './keys/keys.ts';
import type { Paint } from './draw/paint.ts';
import type { Scene, Size } from './frame/scene.ts';
import { INITIAL_STATE, type TopState } from './state.ts';

/** What is live: what was chosen, and what is known. Time and size of the terminal come from outside. */
export class LiveView {
  readonly #source: string;
  readonly #paint: Paint;
  readonly #startedAtSeconds: number;
  #state: TopState = INITIAL_STATE;
  #latest: Overview | undefined;
  /** What is shown: while it is paused an older one. */
  #shown: Overview | undefined;
  #problem = '';
  #frame: Frame | undefined;

  constructor(source: string, paint: Paint, startedAtSeconds: number) {
    this.#source = source;
    this.#paint = paint;
    this.#startedAtSeconds = startedAtSeconds;
  }

  /** A poll has ended. */
  take(overview: Overview): void {
    this.#latest = overview;
    this.#problem = '';
  }

  /** A poll has failed. */
  showProblem(problem: string): void {
    this.#problem = problem;
  }

  /** A key was pressed; returns what it does beyond the screen. */
  press(key: Key, nowSeconds: number): Effect | undefined {
    const { items = [], pageRows = 1, scroll = 0 } = this.#frame ?? {};
    const before = { ...this.#state, scroll };
    const { state, effect } = press(before, key, { items, pageRows, nowSeconds });
    this.#state = state;
    return effect;
  }

  /** The lines of the screen. */
  lines(size: Size, nowSeconds: number): readonly string[] {
    if (this.#state.pausedAtSeconds === undefined) this.#shown = this.#latest;
    this.#frame = frame(this.#scene(size, nowSeconds));
    return this.#frame.lines;
  }

  #scene(size: Size, nowSeconds: number): Scene {
    return {
      state: this.#state,
      overview: this.#shown,
      source: this.#source,
      problem: this.#problem,
      startedAtSeconds: this.#startedAtSeconds,
      nowSeconds,
      size,
      paint: this.#paint,
    };
  }
}
