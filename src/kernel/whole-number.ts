/**
 * The whole number that a text of the kernel has, in decimal digits; undefined for anything else, such as other notations
 * that `Number()` takes, and for more than a number can hold exactly.
 */
export function wholeNumber(text = ''): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
