/**
 * Mixes `value` into the 32-bit hash `hash`: a multiplication by Knuth's prime next to 2^32 / golden ratio, which
 * spreads low bits upwards, and a shift that brings high bits down again.
 */
export function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** The share of slots that may be taken before a table grows: the customary one for linear probing. */
export const LOAD = 0.75;

/** The smallest power of two of slots that holds `entries` without growing. */
export function slotsFor(entries: number): number {
  let slots = 64;
  while (slots * LOAD < entries) slots *= 2;
  return slots;
}
