import { printable } from '../printable.ts';

/** Columns of a report: what a phone shows, and a quoted mail leaves. */
const REPORT_COLUMNS = 60;

/**
 * The text in lines of `REPORT_COLUMNS` at most, broken at blanks: the first begins with `start`, further ones with `indent`. A longer
 * word has a line of its own.
 */
export function fold(text: string, indent = '', start = ''): readonly string[] {
  const lines: string[] = [];
  let [line, isEmpty] = [start, true];
  for (const word of plain(text).split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > REPORT_COLUMNS) {
      lines.push(line);
      [line, isEmpty] = [indent, true];
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** A text that nothing ends: neither a control character nor a fence of Markdown is in it. */
export function plain(text: string): string {
  return printable(text).replaceAll('`', String.raw`\x60`);
}
