import type { Paint } from '../draw/paint.ts';
import type { Size } from './scene.ts';
import type { Item } from '../views/view.ts';

/** Before each line: what tells the selected row. */
const [MARK, NO_MARK] = ['▶ ', '  '] as const;

/**
 * As many rows as fit, with the selected one in the middle where the list is longer. No more are drawn than are seen; those above
 * it as a whole, for the first line says what a row is.
 */
export function rowLines(
  items: readonly Item[],
  selected: number,
  { width, height }: Size,
  paint: Paint,
): readonly string[] {
  const linesOf = (item: Item): readonly string[] => item.lines(width - MARK.length, paint);
  const draw = (item: Item): readonly string[] => linesOf(item).map((line) => NO_MARK + line);
  const [first = '', ...rest] = items.slice(selected, selected + 1).flatMap(linesOf);
  const own = [paint('chosen', MARK + first), ...rest.map((line) => NO_MARK + line)];
  const room = Math.max(0, height - own.length);
  const below = items.slice(selected + 1, selected + 1 + room).flatMap(draw);
  const roomAbove = Math.max(Math.floor(room / 2), room - below.length);
  const above = lastBlocks(
    items.slice(Math.max(0, selected - roomAbove), selected),
    roomAbove,
    draw,
  );
  return [...above, ...own, ...below].slice(0, height);
}

/** Those at the end that fit into `room` lines as a whole. */
function lastBlocks(
  items: readonly Item[],
  room: number,
  draw: (item: Item) => readonly string[],
): readonly string[] {
  let lines: readonly string[] = [];
  for (const item of items.toReversed()) {
    const block = draw(item);
    if (lines.length + block.length > room) break;
    lines = [...block, ...lines];
  }
  return lines;
}
