import type { Overview } from '../../../answers/overview/overview.ts';
import type { Paint } from '../draw/paint.ts';
import type { TopState } from '../state.ts';

/** Columns and lines of a terminal. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Everything that a screen is drawn from. */
export interface Scene {
  readonly state: TopState;
  /** Undefined until the first poll has ended. */
  readonly overview: Overview | undefined;
  /** Who polls: `the daemon at http://127.0.0.1:9065`. */
  readonly source: string;
  /** Why the last poll gave nothing; empty where it did. */
  readonly problem: string;
  /** Unix time at which it began to wait for the first poll. */
  readonly startedAtSeconds: number;
  readonly nowSeconds: number;
  readonly size: Size;
  readonly paint: Paint;
}
