import { duration } from '../../../answers/words.ts';
import type { Scene } from './scene.ts';
import { parsedFilter } from '../state.ts';
import { cut, grouped, safe } from '../draw/text.ts';
import type { View } from '../views/view.ts';

/** How many rows are seen, and of how many. */
interface Counts {
  readonly listed: number;
  readonly all: number;
}

/** The line between the views and their rows: which order, which filter. */
export function listLine({ state, size, paint }: Scene, view: View, counts: Counts): string {
  const order = state.orders.get(state.view);
  const sort = view.sorts.find(({ key }) => key === order?.key);
  const direction = order?.isDescending === true ? '▼' : '▲';
  const orderText = sort === undefined ? 'worst first' : `by ${sort.name} ${direction}`;
  const filtered = `${grouped(counts.listed)} of ${grouped(counts.all)}`;
  const filter = state.filter === '' ? '' : `filter ${safe(state.filter)}: ${filtered}  `;
  const keys = view.sorts.map(({ key, name }) => `${key} ${name}`).join('  ');
  return paint('dim', cut(`${filter}sorted ${orderText}   sort: ${keys}`, size.width));
}

/** What can be done, and who says what is shown. */
export function footer(scene: Scene): readonly string[] {
  return [actionLine(scene), sourceLine(scene)];
}

function actionLine({ state, size, paint }: Scene): string {
  const { typed, message, shown } = state;
  if (typed !== undefined) return filterLine(typed, parsedFilter(state), size.width, paint);
  if (message !== '') return paint('notice', cut(safe(message), size.width));
  return paint('dim', cut(KEYS[shown], size.width));
}

const KEYS = {
  list: 'q quit  ? help  ←→ view  ↑↓ row  Enter more  / filter  p pause  y copy remedy  s copy ss',
  detail: 'q quit  Esc back  ↑↓ scroll  p pause  y copy remedy  s copy ss',
  help: 'q quit  Esc back  ↑↓ scroll',
} as const;

function filterLine(
  typed: string,
  parsed: ReturnType<typeof parsedFilter>,
  width: number,
  paint: Scene['paint'],
): string {
  const problem = 'problem' in parsed ? `   ${safe(parsed.problem)}` : '';
  return cut(`/${safe(typed)}${paint('chosen', ' ')}${paint('bad', problem)}`, width);
}

function sourceLine({ source, problem, overview, nowSeconds, size, paint }: Scene): string {
  const from = safe(source);
  if (problem !== '') {
    const last =
      overview === undefined ? '' : `, last ${age(overview.taken_at_seconds, nowSeconds)}`;
    return paint('worst', cut(`${safe(problem)}${last}`, size.width));
  }
  if (overview === undefined) return paint('dim', cut(`From ${from}.`, size.width));
  const { taken_at_seconds, interval_seconds } = overview;
  const text = `From ${from}: ${age(taken_at_seconds, nowSeconds)}, every ${interval_seconds} s`;
  return paint('dim', cut(text, size.width));
}

function age(takenAtSeconds: number, nowSeconds: number): string {
  return `${duration(Math.max(0, nowSeconds - takenAtSeconds))} ago`;
}
