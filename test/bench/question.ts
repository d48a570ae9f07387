import type { Grounds } from './grounds.ts';
import type { Source } from './source.ts';

/** One line of the table. */
export interface Question {
  readonly id: string;
  readonly question: string;
  readonly wanted: string;
  /** Lines about one source are left out where the build does not have it. */
  readonly source?: Source;
  /** Fetches what is needed from the network: the namespaces have none. */
  readonly prepare?: () => void;
  readonly answer: (grounds: Grounds) => Promise<Answer>;
}

export interface Answer {
  readonly measured: string;
  /** The measured ratio or difference, where the question is about one. */
  readonly ratio: string;
  readonly reached: boolean;
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

export function mb(value: number): string {
  return `${value.toFixed(0)} MB`;
}
