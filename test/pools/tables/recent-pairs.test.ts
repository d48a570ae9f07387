import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentPairs } from '../../../src/pools/tables/recent-pairs.ts';

/** A pair is refused again among so many pairs from its own on, and never beyond them. */
const REMEMBERED = 256;

/** Adds `count` pairs that no other call adds. */
function addOthers(pairs: RecentPairs, count: number): void {
  for (let other = 1; other <= count; other += 1) expect(pairs.add(-other, 7)).toBe(true);
}

test('a pair is refused while it is recent, and no pair that was never added', () => {
  // Domains smaller and larger than the memory: pairs that come back early, at its edge, and late.
  const script = fc.integer({ min: 1, max: 700 }).chain((domain) =>
    fc.noShrink(
      fc.array(fc.integer({ min: 1, max: domain }), {
        minLength: 600,
        maxLength: 2000,
        size: 'max',
      }),
    ),
  );
  fc.assert(
    fc.property(script, (numbers) => {
      const pairs = new RecentPairs();
      const addedAt = new Map<number, number>();
      let added = 0;
      for (const number of numbers) {
        const others = added - (addedAt.get(number) ?? Number.NEGATIVE_INFINITY) - 1;
        const isNew = pairs.add(number >> 3, number & 7);
        if (others < REMEMBERED) expect(isNew).toBe(false);
        else expect(isNew).toBe(true);
        if (!isNew) continue;
        addedAt.set(number, added);
        added += 1;
      }
    }),
    { numRuns: 40 },
  );
});

test.each([0, 1, 100, 254, 255, 256, 300])(
  'wherever in the ring it was added (after %i others), a pair stays for the next 255',
  (before) => {
    for (const between of [0, 1, 254, 255]) {
      const pairs = new RecentPairs();
      addOthers(pairs, before);
      expect(pairs.add(5, 6)).toBe(true);
      for (let other = 1; other <= between; other += 1) pairs.add(other, 8);
      expect(pairs.add(5, 6)).toBe(false);
    }
  },
);

test('halves that differ make another pair', () => {
  const pairs = new RecentPairs();
  expect(pairs.add(1, 2)).toBe(true);
  expect(pairs.add(2, 1)).toBe(true);
  expect(pairs.add(1, 0)).toBe(true);
  expect(pairs.add(0, 2)).toBe(true);
});
