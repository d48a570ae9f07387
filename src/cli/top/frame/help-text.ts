import { FILTER_HELP } from '../../../answers/overview/filter.ts';
import type { Scene } from './scene.ts';
import { safe, widthOf, wrap } from '../draw/text.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['1 2 3 4 5, ← →', 'at risk, all endpoints, namespaces, ports, UDP and bind'],
  ['↑ ↓, k j', 'the row above or below; also PageUp, PageDown, Home, End'],
  ['Enter', 'everything that is known of the row; Esc goes back'],
  ['/', 'filter; Esc takes it away'],
  ['a letter', 'sorts by the column that the line above the rows names; again: turned around'],
  ['p, Space', 'pause: what is shown stays'],
  ['y', 'copy the line that remedies what the row shows (sysctl)'],
  ['s', 'copy the line that shows its sockets (ss)'],
  ['q, Ctrl-C', 'quit'],
];

const LEGEND: readonly (readonly [string, string])[] = [
  ['█', 'ports that are taken'],
  ['▒', 'ports that a bind() owns: no connect() gets them'],
  ['·', 'ports that are left; reserved ones are in no bar'],
  ['│', 'half of the range: beyond it connect() is slow'],
  ['?', 'behind a range: assumed, for it could not be read'],
];

/** What the keys do, what the filter knows, what a bar shows, and what could not be read. */
export function helpLines({ overview, source, size, paint }: Scene): readonly string[] {
  const table = (rows: readonly (readonly [string, string])[]): readonly string[] => {
    const left = Math.min(24, Math.max(...rows.map(([name]) => widthOf(name))) + 2);
    return rows.flatMap(([name, text]) => {
      const [first = '', ...rest] = wrap(text, size.width - left);
      const blanks = ' '.repeat(Math.max(1, left - widthOf(name)));
      return [
        paint('notice', name) + blanks + first,
        ...rest.map((line) => ' '.repeat(left) + line),
      ];
    });
  };
  const unread = overview?.health.unread ?? [];
  return [
    paint('strong', 'Keys'),
    ...table(KEYS),
    '',
    paint('strong', 'Bars'),
    ...table(LEGEND),
    '',
    paint('strong', 'Filter: words with blanks between; all must hold'),
    ...table(FILTER_HELP),
    '',
    paint('strong', 'Where this is from'),
    ...wrap(safe(source), size.width),
    ...wrap(
      'What is copied goes to the terminal by OSC 52, also over SSH; not every terminal lets it.',
      size.width,
    ),
    ...(unread.length === 0 ? [] : ['', paint('strong', 'What could not be read')]),
    ...unread.flatMap((text) => wrap(`- ${safe(text)}`, size.width, 2)),
  ];
}
