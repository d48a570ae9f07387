import type { Predicate } from '../../../answers/overview/filter.ts';
import type { Overview } from '../../../answers/overview/overview.ts';
import type { Paint } from '../draw/paint.ts';
import type { Order, SortKey } from './sort.ts';

/** A question that `top` answers. */
export interface View {
  readonly title: string;
  /** For narrow terminals. */
  readonly shortTitle: string;
  /** What is said where there is nothing to show. */
  readonly empty: (overview: Overview) => string;
  readonly sorts: readonly SortKey[];
  /** How many rows there are without a filter, those among them that are not listed. */
  readonly count: (overview: Overview) => number;
  readonly list: (overview: Overview, query: Query) => readonly Item[];
  /** The line above the rows; empty where they have none. */
  readonly heading: (width: number, order: Order) => string;
}

/** Which rows are shown, and in which order. */
export interface Query {
  readonly matches: Predicate;
  readonly order: Order;
}

/** One row. It is drawn when it is seen. */
export interface Item {
  /** The same from poll to poll. */
  readonly id: string;
  readonly lines: (width: number, paint: Paint) => readonly string[];
  /** Everything that is known of it. */
  readonly detail: (width: number, paint: Paint) => readonly string[];
  /** A line for a shell that remedies it; empty where none is known. */
  readonly remedy: string;
  /** A line for a shell that shows its sockets; empty where there is none. */
  readonly proof: string;
}
