/** `most` of the numbers from `length` − 1 down to 0, evenly spread, the first and the last among them; all where there are fewer. */
export function evenly(length: number, most: number): readonly number[] {
  const count = Math.min(length, most);
  const step = count > 1 ? (length - 1) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) => Math.round((count - 1 - index) * step));
}
