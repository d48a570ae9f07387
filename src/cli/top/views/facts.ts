import type { Paint } from '../draw/paint.ts';
import { safe, wrap } from '../draw/text.ts';

/** Chosen: the longest name of a fact. */
const NAMES = 19;

/** Names with what is known; what is empty is left out. */
export function facts(
  all: readonly (readonly [name: string, value: string])[],
  width: number,
  paint: Paint,
): readonly string[] {
  return all
    .filter(([, value]) => value !== '')
    .flatMap(([name, value]) => {
      const [first = '', ...rest] = wrap(safe(value), width - NAMES);
      const indent = ' '.repeat(NAMES);
      return [paint('dim', name.padEnd(NAMES)) + first, ...rest.map((line) => indent + line)];
    });
}

/** A name, and below it a text in as many lines as it takes. */
export function paragraph(
  name: string,
  text: string,
  width: number,
  paint: Paint,
): readonly string[] {
  return [paint('strong', safe(name)), ...wrap(safe(text), width)];
}
