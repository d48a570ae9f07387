import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PortRange } from '../../../src/kernel/proc/sysctl.ts';
import { TopScores } from '../../../src/pools/tables/top-scores.ts';
import { PairSet } from '../../../src/pools/tables/pair-set.ts';
import { PortSet } from '../../../src/pools/tables/port-set.ts';

const ports = fc.uniqueArray(fc.integer({ min: 0, max: 65_535 }), { maxLength: 200 });

function setOf(members: readonly number[]): PortSet {
  return PortSet.of(members.map((port) => ({ low: port, high: port })));
}

function rangesOf(set: PortSet): PortRange[] {
  const runs = [...set.toRuns()];
  return runs.flatMap((low, at) => (at % 2 === 0 ? [{ low, high: runs[at + 1] ?? -1 }] : []));
}

function members(set: PortSet): number[] {
  return rangesOf(set).flatMap(({ low, high }) => {
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
}

function ascending(numbers: Iterable<number>): number[] {
  return [...numbers].toSorted((a, b) => a - b);
}

describe('PortSet', () => {
  test('is a set', () => {
    fc.assert(
      fc.property(ports, ports, (a, b) => {
        const [x, y] = [setOf(a), setOf(b)];
        expect(x.size).toBe(a.length);
        expect(members(x)).toEqual(ascending(a));
        expect(members(x.union(y))).toEqual(ascending(new Set([...a, ...b])));
        expect(members(x.intersection(y))).toEqual(ascending(a.filter((port) => b.includes(port))));
        expect(members(x.difference(y))).toEqual(ascending(a.filter((port) => !b.includes(port))));
        expect(a.every((port) => x.has(port))).toBe(true);
      }),
    );
  });

  test.each([
    [[{ low: 0, high: 65_535 }], 65_536],
    [
      [
        { low: 32, high: 63 },
        { low: 96, high: 96 },
      ],
      33,
    ],
    [[], 0],
  ])('ranges %j', (ranges, size) => {
    expect(rangesOf(PortSet.of(ranges))).toEqual(ranges);
    expect(PortSet.of(ranges).size).toBe(size);
  });
});

describe('PairSet', () => {
  test('is a set of pairs of 32-bit numbers', () => {
    const number = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 }));
    const pair = fc.tuple(number, number).filter(([a, b]) => a !== 0 || b !== 0);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 300 }), fc.array(pair), (added, asked) => {
        const set = new PairSet();
        const model = new Set<string>();
        for (const [a, b] of added) {
          expect(set.add(a, b)).toBe(!model.has(`${a} ${b}`));
          model.add(`${a} ${b}`);
        }
        expect(set.size).toBe(model.size);
        for (const [a, b] of [...added, ...asked])
          expect(set.has(a, b)).toBe(model.has(`${a} ${b}`));
      }),
    );
  });
});

describe('top scores', () => {
  test('are the highest, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.nat(20), (scores, count) => {
        const top = new TopScores(count);
        scores.forEach((score, index) => {
          top.offer(score, index, 0);
        });
        const found: number[] = [];
        top.forEach((index) => found.push(index));
        expect(new Set(found).size).toBe(found.length);
        const expected = scores.toSorted((a, b) => b - a).slice(0, count);
        const values = found.map((index) => scores[index] ?? 0);
        expect(values).toEqual(expected);
      }),
    );
  });
});
