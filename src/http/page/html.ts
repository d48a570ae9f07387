import { printable } from '../../answers/printable.ts';

/** A piece of HTML that is safe as it stands. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[];

/**
 * HTML in which every value is escaped that is no HTML itself: names of processes, pods and endpoints come from others. Its
 * name is not `html`, of which prettier makes whole elements where a part is meant to be left open.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.reduce((before, piece, index) => before + textOf(parts[index - 1]) + piece);
  return new Html(text);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What is not printable, such as a character that reverses the order of the text, is shown as its number. */
function textOf(part: Part | undefined): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return printable(String(part)).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}
