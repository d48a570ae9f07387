import type { Health, Overview } from '../../../answers/overview/overview.ts';
import type { Tone } from '../draw/paint.ts';
import type { Scene } from './scene.ts';
import { cut, grouped, safe, widthOf, wrapTo } from '../draw/text.ts';
import type { View } from '../views/view.ts';
import { VIEWS } from '../views/views.ts';

const TONES: Readonly<Record<Health['status'], Tone>> = {
  ok: 'good',
  warning: 'bad',
  critical: 'worst',
  unknown: 'bad',
};

/** Chosen: at 60 columns a sentence with two IPv6 addresses takes three. */
const MAX_HEALTH_LINES = 3;

/** Is this node healthy, what could not be read, and which views there are. */
export function header(scene: Scene, overview: Overview): readonly string[] {
  const { size, paint } = scene;
  const { status, sentence, unread } = overview.health;
  const lines = wrapTo(MAX_HEALTH_LINES, safe(sentence), size.width);
  return [
    ...pausedLines(scene),
    ...lines.map((line) => paint(TONES[status], line)),
    ...unreadLine(unread, scene),
    tabs(scene, overview),
  ];
}

function pausedLines({ state, nowSeconds, paint, size }: Scene): readonly string[] {
  const since = state.pausedAtSeconds;
  if (since === undefined) return [];
  const text = ` PAUSED since ${clockTime(since)}, ${Math.round(nowSeconds - since)} s ago; p goes on `;
  return [paint('chosen', cut(text, size.width))];
}

/** The help shows all of them. */
function unreadLine(unread: readonly string[], { size, paint }: Scene): readonly string[] {
  const [first] = unread;
  if (first === undefined) return [];
  const more = unread.length > 1 ? ` (and ${unread.length - 1} more: ?)` : ' (?)';
  const text = cut(`Not read: ${safe(first)}`, size.width - more.length);
  return [paint('bad', text + more)];
}

/** With the number of rows where that fits, and with short names where nothing else does. */
function tabs({ state, size, paint }: Scene, overview: Overview): string {
  const full = VIEWS.map((view) => `${view.title} ${grouped(view.count(overview))}`);
  const short = (view: View): string => view.shortTitle;
  const fitting = [full, VIEWS.map(({ title }) => title), VIEWS.map(short)].find(
    (names) => widthOf(numbered(names).join('')) <= size.width,
  );
  const names = numbered(fitting ?? VIEWS.map(short));
  const painted = names.map((name, index) =>
    index === state.view ? paint('chosen', bracketed(name)) : name,
  );
  return cut(painted.join(''), size.width);
}

/** With the key of each. */
function numbered(names: readonly string[]): readonly string[] {
  return names.map((name, index) => ` ${index + 1} ${name} `);
}

/** Not every terminal shows what is chosen in reverse. */
function bracketed(name: string): string {
  return `[${name.slice(1, -1)}]`;
}

/** `23:50:12`, in local time. */
export function clockTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toTimeString().slice(0, 8);
}
