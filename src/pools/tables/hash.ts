/** Mixes `value` into the 32-bit hash `hash`: a multiplicative step that spreads low bits upwards. */
export function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** The share of slots that may be taken before a table grows. */
export const LOAD = 0.75;

/** The smallest power of two of slots that holds `entries` without growing. */
export function slotsFor(entries: number): number {
  let slots = 64;
  while (slots * LOAD < entries) slots *= 2;
  return slots;
}
