/** Whether this machine stores the last byte of a word first. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Turns a 32-bit word in network order, as this machine reads it, into its value; and back. */
export function networkWord(word: number): number {
  if (!LITTLE_ENDIAN) return word;
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
