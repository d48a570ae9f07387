/** Mixes `value` into the 32-bit hash `hash`: a multiplicative step that spreads low bits upwards. */
export function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** The smallest power of two that keeps `entries` below three quarters of the slots. */
export function slotsFor(entries: number): number {
  let slots = 64;
  while (slots * 0.75 < entries) slots *= 2;
  return slots;
}
