import sliceAnsi from 'slice-ansi';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { printable } from '../../../answers/printable.ts';

/**
 * Letters that run from right to left, which would turn the columns of a line around, and characters that change how wide the
 * one before is drawn, on which terminals do not agree.
 */
const UNRULY =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}\p{Variation_Selector}\p{Me}]/gu;

/**
 * A text of others, fit for a cell. The daemon has made it printable; whether it is a daemon that answers is not known for
 * sure.
 */
export function safe(text: string): string {
  return printable(text).replace(
    UNRULY,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Columns that a text takes, colors apart. */
export const widthOf = stringWidth;

/** The text in exactly `width` columns: cut with an ellipsis, or filled up. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(short)));
  return align === 'left' ? short + blanks : blanks + short;
}

/** The text in `width` columns at most. A wide character that would stick out is left out. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  const kept = sliceAnsi(text, 0, width - 1);
  return `${stringWidth(kept) < width ? kept : sliceAnsi(text, 0, width - 2)}…`;
}

/** The text in lines of `width` columns at most, the second and later ones set in by `indent`. */
export function wrap(text: string, width: number, indent = 0): readonly string[] {
  const lines = wrapAnsi(text, Math.max(10, width - indent), { hard: true }).split('\n');
  return lines.map((line, index) => (index === 0 ? line : ' '.repeat(indent) + line));
}

/** `28,232`. */
export function grouped(count: number): string {
  return `${Math.round(count)}`.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 call`, `2 calls`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The same in `most` lines at most; the last one says that there would be more. */
export function wrapTo(most: number, text: string, width: number, indent = 0): readonly string[] {
  const lines = wrap(text, width, indent);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cut(`${lines[most - 1] ?? ''} …`, width)];
}
