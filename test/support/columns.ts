import stringWidth from 'string-width';

/** Whether a line takes more columns of a terminal than there are. */
export function isTooWide(line: string, width: number): boolean {
  return stringWidth(line) > width;
}
