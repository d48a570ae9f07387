import { type ParsedFilter, parseFilter, type Predicate } from '../../answers/overview/filter.ts';
import type { Order } from './views/sort.ts';
import type { Item } from './views/view.ts';

/** What the user has chosen. */
export interface TopState {
  /** Place in the list of views. */
  readonly view: number;
  readonly orders: ReadonlyMap<number, Order>;
  readonly selections: ReadonlyMap<number, Selection>;
  readonly filter: string;
  /** The filter while it is being typed. */
  readonly typed: string | undefined;
  readonly shown: 'list' | 'detail' | 'help';
  /** Lines of detail or help that are above the screen. */
  readonly scroll: number;
  /** Unix time; undefined while it is not paused. */
  readonly pausedAtSeconds: number | undefined;
  /** What the last key did, where that is not seen. */
  readonly message: string;
}

/** A row, and where it was: the next one takes its place when it is gone. */
export interface Selection {
  readonly id: string;
  readonly index: number;
}

export const INITIAL_STATE: TopState = {
  view: 0,
  orders: new Map(),
  selections: new Map(),
  filter: '',
  typed: undefined,
  shown: 'list',
  scroll: 0,
  pausedAtSeconds: undefined,
  message: '',
};

/** Place of the selected row among those that are listed now; 0 where there is none. */
export function selectedIndex({ selections, view }: TopState, items: readonly Item[]): number {
  const selection = selections.get(view);
  if (selection === undefined) return 0;
  const index = items.findIndex(({ id }) => id === selection.id);
  return index >= 0 ? index : Math.max(0, Math.min(selection.index, items.length - 1));
}

/** The filter that is being typed counts at once. */
export function parsedFilter({ typed, filter }: TopState): ParsedFilter {
  return parseFilter(typed ?? filter);
}

/** While what is typed makes no sense yet, the filter before it counts. */
export function activeFilter(state: TopState): Predicate {
  const parsed = parsedFilter(state);
  if ('matches' in parsed) return parsed.matches;
  const before = parseFilter(state.filter);
  return 'matches' in before ? before.matches : () => true;
}
