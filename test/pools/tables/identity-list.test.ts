import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdentityList } from '../../../src/pools/tables/identity-list.ts';

function listOf(numbers: readonly number[]): IdentityList {
  const list = new IdentityList();
  for (const number of numbers) list.push(number, -number);
  return list;
}

const numbers = fc.uniqueArray(fc.integer({ min: 1 }), { maxLength: 400, size: 'max' });

test('has what was added, and what is added after it was asked, and nothing else', () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, (early, late, others) => {
      const list = listOf(early);
      for (const number of early) expect(list.has(number, -number)).toBe(true);
      for (const number of late) list.push(number, -number);
      const all = new Set([...early, ...late]);
      for (const number of [...all, ...others])
        expect(list.has(number, -number)).toBe(all.has(number));
      expect(list.size).toBe(early.length + late.length);
    }),
  );
});

test('tells all in the order in which they were added', () => {
  const told: [number, number][] = [];
  listOf([3, 1, 2]).forEach((first, second) => told.push([first, second]));
  expect(told).toEqual([
    [3, -3],
    [1, -1],
    [2, -2],
  ]);
});

test('a walk meets only what is in the list, each at most once', () => {
  fc.assert(
    fc.property(numbers, numbers, (listed, others) => {
      const walk = listOf(listed).walk();
      const met = [...listed, ...others, ...listed].filter((number) => walk.meets(number, -number));
      expect(new Set(met).size).toBe(met.length);
      expect(met.every((number) => listed.includes(number))).toBe(true);
    }),
  );
});

const thousand = Array.from({ length: 1000 }, (_, index) => index + 1);

/** How many of `rows` a walk along the thousand meets. */
function met(rows: readonly number[]): number {
  const walk = listOf(thousand).walk();
  return rows.filter((number) => walk.meets(number, -number)).length;
}

test('a walk meets all that come in the same order, whatever is between them', () => {
  expect(met(thousand)).toBe(1000);
  expect(met(thousand.flatMap((number) => [5000 + number, 8000 + number, number]))).toBe(1000);
});

test('a walk finds its way again where many have gone, after a few that it does not meet', () => {
  const left = thousand.filter((number) => number <= 100 || number > 500);
  expect(met(left)).toBeGreaterThanOrEqual(left.length - 10);
});

test('halves that differ are another identity', () => {
  const list = listOf([1]);
  expect(list.walk().meets(1, 1)).toBe(false);
  expect(list.has(1, 1)).toBe(false);
});
