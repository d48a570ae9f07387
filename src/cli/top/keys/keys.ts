import { typeKey } from './filter-input.ts';
import type { Key } from './key.ts';
import { selectedIndex, type TopState } from '../state.ts';
import { nextOrder } from '../views/sort.ts';
import type { Item } from '../views/view.ts';
import { VIEWS } from '../views/views.ts';

/** What a key does beyond a change of what is shown. */
export type Effect =
  | { readonly type: 'quit' | 'suspend' | 'redraw' }
  | { readonly type: 'copy'; readonly text: string };

export interface Pressed {
  readonly state: TopState;
  readonly effect?: Effect;
}

/** What is on the screen when a key is pressed. */
export interface Surroundings {
  readonly items: readonly Item[];
  /** Rows that fit on a page. */
  readonly pageRows: number;
  readonly nowSeconds: number;
}

/** What a key does. */
export function press(before: TopState, key: Key, around: Surroundings): Pressed {
  const state = { ...before, message: '' };
  if (key.ctrl === true) return pressControl(state, key);
  if (state.typed !== undefined) return { state: typeKey(state, state.typed, key) };
  const name = nameOf(key);
  const movement = MOVEMENTS.get(name);
  if (movement !== undefined) return { state: move(state, movement, around) };
  const action = ACTIONS.get(name);
  if (action !== undefined) return action(state, around);
  return { state: state.shown === 'list' ? choose(state, name) : state };
}

/** Arrows and such by name; characters as they were typed, for `G` is not `g`. */
function nameOf({ name = '', sequence = '' }: Key): string {
  return /^[\x21-\x7e]$/.test(sequence) ? sequence : name;
}

function pressControl(state: TopState, { name }: Key): Pressed {
  if (name === 'c') return { state, effect: { type: 'quit' } };
  if (name === 'z') return { state, effect: { type: 'suspend' } };
  return name === 'l' ? { state, effect: { type: 'redraw' } } : { state };
}

type Movement = (index: number, pageRows: number) => number;

const MOVEMENTS: ReadonlyMap<string, Movement> = new Map<string, Movement>([
  ['up', (index) => index - 1],
  ['k', (index) => index - 1],
  ['down', (index) => index + 1],
  ['j', (index) => index + 1],
  ['pageup', (index, page) => index - page],
  ['pagedown', (index, page) => index + page],
  ['home', () => 0],
  ['g', () => 0],
  ['end', () => Number.MAX_SAFE_INTEGER],
  ['G', () => Number.MAX_SAFE_INTEGER],
]);

/** Rows of a list, or lines of a text; the last line of a text is known only where it is drawn. */
function move(state: TopState, movement: Movement, { items, pageRows }: Surroundings): TopState {
  if (state.shown !== 'list') {
    return { ...state, scroll: Math.max(0, movement(state.scroll, pageRows)) };
  }
  const wanted = movement(selectedIndex(state, items), pageRows);
  return select(state, items, Math.max(0, Math.min(wanted, items.length - 1)));
}

function select(state: TopState, items: readonly Item[], index: number): TopState {
  const id = items[index]?.id;
  if (id === undefined) return state;
  return { ...state, selections: new Map([...state.selections, [state.view, { id, index }]]) };
}

type Action = (state: TopState, around: Surroundings) => Pressed;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['q', (state) => ({ state, effect: { type: 'quit' } })],
  ['escape', (state) => ({ state: back(state) })],
  ['backspace', (state) => ({ state: back(state) })],
  ['?', (state) => ({ state: toggle(state, 'help') })],
  ['return', enter],
  ['enter', enter],
  ['p', (state, { nowSeconds }) => ({ state: togglePause(state, nowSeconds) })],
  ['space', (state, { nowSeconds }) => ({ state: togglePause(state, nowSeconds) })],
  ['/', (state) => ({ state: { ...state, shown: 'list', typed: state.filter } })],
  ['right', (state) => ({ state: turn(state, 1) })],
  ['tab', (state) => ({ state: turn(state, 1) })],
  ['left', (state) => ({ state: turn(state, -1) })],
  ['y', (state, around) => copy(state, around, 'remedy')],
  ['s', (state, around) => copy(state, around, 'proof')],
]);

/** Out of a text; in a list it takes the filter away. */
function back(state: TopState): TopState {
  if (state.shown !== 'list') return { ...state, shown: 'list', scroll: 0 };
  return { ...state, filter: '' };
}

function toggle(state: TopState, shown: 'detail' | 'help'): TopState {
  return { ...state, shown: state.shown === shown ? 'list' : shown, scroll: 0 };
}

function enter(state: TopState, { items }: Surroundings): Pressed {
  if (state.shown !== 'list') return { state: back(state) };
  if (items.length === 0) return { state };
  const chosen = select(state, items, selectedIndex(state, items));
  return { state: toggle(chosen, 'detail') };
}

function togglePause(state: TopState, nowSeconds: number): TopState {
  const pausedAtSeconds = state.pausedAtSeconds === undefined ? nowSeconds : undefined;
  return { ...state, pausedAtSeconds };
}

function turn(state: TopState, by: number): TopState {
  return show(state, (state.view + by + VIEWS.length) % VIEWS.length);
}

function show(state: TopState, view: number): TopState {
  return { ...state, view, shown: 'list', scroll: 0 };
}

function copy(state: TopState, { items }: Surroundings, what: 'remedy' | 'proof'): Pressed {
  const text = items[selectedIndex(state, items)]?.[what] ?? '';
  if (text === '') {
    const none = what === 'remedy' ? 'no line is known that remedies this' : 'no line shows this';
    return { state: { ...state, message: `Nothing to copy: ${none}.` } };
  }
  return {
    state: { ...state, message: `To the terminal's clipboard: ${text}` },
    effect: { type: 'copy', text },
  };
}

/** The number of a view, or the key of an order. */
function choose(state: TopState, name: string): TopState {
  if (/^[1-9]$/.test(name)) {
    return Number(name) > VIEWS.length ? state : show(state, Number(name) - 1);
  }
  const sort = VIEWS[state.view]?.sorts.find(({ key }) => key === name);
  if (sort === undefined) return state;
  const order = nextOrder(sort, state.orders.get(state.view));
  return { ...state, orders: new Map([...state.orders, [state.view, order]]) };
}
