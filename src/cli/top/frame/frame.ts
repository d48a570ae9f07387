import type { Overview } from '../../../answers/overview/overview.ts';
import { footer, listLine } from './footer.ts';
import { header } from './header.ts';
import { helpLines } from './help-text.ts';
import { rowLines } from './rows.ts';
import type { Scene } from './scene.ts';
import { activeFilter, selectedIndex, type TopState } from '../state.ts';
import { cut, wrap } from '../draw/text.ts';
import type { Item, View } from '../views/view.ts';
import { VIEWS } from '../views/views.ts';

/** A screen, and what the keys need to know of it. */
export interface Frame {
  /** As many as the terminal has, each as wide at most. */
  readonly lines: readonly string[];
  readonly items: readonly Item[];
  /** Rows, or lines of a text, that fit on it. */
  readonly pageRows: number;
  /** The scroll that counts: there is nothing beyond the last line. */
  readonly scroll: number;
}

/** Draws the whole screen. */
export function frame(scene: Scene): Frame {
  const { overview, size } = scene;
  const foot = footer(scene);
  const { lines: body, ...rest } =
    overview === undefined ? waiting(scene) : content(scene, overview, size.height - foot.length);
  const filled = Array.from({ length: Math.max(0, size.height - foot.length) }, (_, index) =>
    cut(body[index] ?? '', size.width),
  );
  return { ...rest, lines: [...filled, ...foot].slice(-size.height) };
}

/** A first poll takes seconds on a huge host: somebody who waits is to see that something happens. */
function waiting(scene: Scene): Frame {
  const { nowSeconds, startedAtSeconds, problem, state, size, paint } = scene;
  if (state.shown === 'help') return textFrame(helpLines(scene), [], scene, size.height);
  const seconds = Math.max(0, Math.floor(nowSeconds - startedAtSeconds));
  const text =
    problem === '' ? `first poll… ${seconds} s` : 'The first poll failed; it is tried again.';
  return { lines: [paint('strong', text)], items: [], pageRows: 1, scroll: 0 };
}

function content(scene: Scene, overview: Overview, height: number): Frame {
  const { state, size } = scene;
  const view = viewOf(state);
  const items = view.list(overview, {
    matches: activeFilter(state),
    order: state.orders.get(state.view),
  });
  const head = header(scene, overview);
  const room = height - head.length;
  if (state.shown === 'help')
    return withHead(head, textFrame(helpLines(scene), items, scene, room));
  const item = items[selectedIndex(state, items)];
  if (state.shown === 'detail' && item !== undefined) {
    return withHead(head, textFrame(item.detail(size.width, scene.paint), items, scene, room));
  }
  return withHead(head, listFrame(scene, overview, items, room));
}

function viewOf({ view }: TopState): View {
  return VIEWS[view] ?? VIEWS[0];
}

function withHead(head: readonly string[], below: Frame): Frame {
  return { ...below, lines: [...head, ...below.lines] };
}

function textFrame(
  text: readonly string[],
  items: readonly Item[],
  { state }: Scene,
  height: number,
): Frame {
  const room = Math.max(1, height - 1);
  const scroll = Math.max(0, Math.min(state.scroll, text.length - room));
  return { lines: ['', ...text.slice(scroll, scroll + room)], items, pageRows: room, scroll };
}

function listFrame(
  scene: Scene,
  overview: Overview,
  items: readonly Item[],
  height: number,
): Frame {
  const { state, size, paint } = scene;
  const view = viewOf(state);
  const all = view.count(overview);
  const heading = view.heading(size.width - 2, state.orders.get(state.view));
  const head = [
    listLine(scene, view, { listed: items.length, all }),
    ...(heading === '' ? [] : [paint('strong', `  ${heading}`)]),
  ];
  const room = Math.max(1, height - head.length);
  const rows =
    items.length === 0
      ? emptyLines(all === 0 ? view.empty(overview) : hiddenText(all), size.width)
      : rowLines(items, selectedIndex(state, items), { ...size, height: room }, paint);
  const perRow = items.length === 0 || heading !== '' ? 1 : 6;
  return { lines: [...head, ...rows], items, pageRows: Math.ceil(room / perRow), scroll: 0 };
}

function hiddenText(all: number): string {
  return `No row matches the filter; there are ${all} without it (Esc).`;
}

function emptyLines(text: string, width: number): readonly string[] {
  return ['', ...wrap(text, width)];
}
