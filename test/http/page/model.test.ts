import { describe, expect, test } from 'vitest';
import { barParts } from '../../../src/http/page/model/bar-parts.ts';
import { durationText, ratioText } from '../../../src/http/page/model/format.ts';
import { POOL_COLUMNS } from '../../../src/http/page/model/pool-columns.ts';
import { shortPorts } from '../../../src/http/page/model/port-list.ts';
import { formatRoute, parseRoute, type Route } from '../../../src/http/page/model/route.ts';
import { inOrderOf, orderText, sorted } from '../../../src/http/page/model/sort.ts';
import { waitAfterAnswer, waitAfterFailure } from '../../../src/http/page/model/waits.ts';
import { windowOf } from '../../../src/http/page/model/window.ts';
import { madeUpOverview, madeUpPool } from '../../support/made-up-overview.ts';

test.each([
  [0.4, '0 s'],
  [59, '59 s'],
  [754, '12 min 34 s'],
  [7200, '2 h'],
  [100_000, '1 d 3 h'],
  [null, '–'],
])('%s seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test.each([
  ['5432', '5432'],
  ['1-9, 11, 13, 15', '1-9, 11, 13, 15'],
  ['1-9, 11, 13, 15, 20-29, 31', '1-9, 11, 13, 15 and 11 more'],
  ['1-9, 11, 13, 15, 20-29, 31 … and 400 more', '1-9, 11, 13, 15 and 411 more'],
])('of the ports %s a cell shows %s', (ports, text) => {
  expect(shortPorts(ports)).toBe(text);
});

test('a share is rounded down', () => {
  expect(ratioText(0.9999)).toBe('99.9%');
});

describe('a link', () => {
  test.each<Route>([
    { view: 'risk', id: '', filter: '', sort: undefined },
    { view: 'endpoints', id: '', filter: 'dst:db left<10 /a b/', sort: undefined },
    { view: 'ports', id: '', filter: '', sort: { key: 'ports', isReversed: true } },
    { view: 'endpoints', id: 'host/connect/tcp/::1/fd00::2/443', filter: '#?&', sort: undefined },
  ])('shows the same: %j', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  test.each(['', '#', '#/nothing', '#/endpoints?sort=;', '#/endpoint/%E0%A4%A'])(
    'that is not understood shows something: %s',
    (hash) => {
      expect(() => parseRoute(hash)).not.toThrow();
    },
  );
});

describe('an order', () => {
  const rows = [10, 30, 20].map((held) => madeUpPool(0, { id: String(held), held }));

  test('is that of the column, or the other way round', () => {
    const by = (isReversed: boolean): readonly number[] =>
      sorted(rows, POOL_COLUMNS, { key: 'held', isReversed }).map(({ held }) => held);
    expect(by(false)).toEqual([30, 20, 10]);
    expect(by(true)).toEqual([10, 20, 30]);
    expect(orderText(POOL_COLUMNS, { key: 'held', isReversed: true })).toBe(
      'most held first, reversed',
    );
  });

  test('has what is not known last, in both directions', () => {
    const times = [null, 5, null, 9].map((time_left_seconds) =>
      madeUpPool(0, { time_left_seconds }),
    );
    for (const isReversed of [false, true]) {
      const order = sorted(times, POOL_COLUMNS, { key: 'time_left', isReversed });
      expect(order.slice(2).map((row) => row.time_left_seconds)).toEqual([null, null]);
    }
  });

  test('that is held keeps what was there, and puts what is new at the end', () => {
    expect(inOrderOf(['c', 'b', 'd', 'a'], (id) => id, ['a', 'gone', 'b', 'c'])).toEqual([
      ...['a', 'b', 'c'],
      'd',
    ]);
  });
});

test('the parts of a bar are what is held, what can be had, and what a bind() owns: the whole', () => {
  const row = madeUpPool(0, { capacity: 90, held: 60, reusable: 10, available: 40, blocked: 10 });
  const parts = barParts(row).map(({ name, ports }) => [name, ports]);
  expect(parts).toEqual([
    ['held', 50],
    ['reusable', 10],
    ['left', 30],
    ['blocked', 10],
  ]);
  expect(barParts(row).reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});

test('of a long table only what is seen stands in the document, wherever it is scrolled to', () => {
  expect(windowOf(100, { above: 0, height: 900, rowHeight: 30 })).toEqual({ from: 0, to: 100 });
  for (const above of [-500, 0, 30_000, 149_100, 400_000]) {
    const { from, to } = windowOf(5000, { above, height: 900, rowHeight: 30 });
    const first = Math.min(Math.max(0, Math.floor(above / 30)), 4970);
    expect(from).toBeLessThanOrEqual(first);
    expect(to).toBeGreaterThanOrEqual(first + 30);
    expect(to - from).toBeLessThan(130);
  }
});

test('it is asked again a little after the next poll, by the clock of the exporter', () => {
  const overview = { ...madeUpOverview(0, 0), taken_at_seconds: 1000.2, interval_seconds: 5 };
  expect(waitAfterAnswer(overview, 1_001_000, true)).toBeCloseTo(4600);
  expect(waitAfterAnswer(overview, Number.NaN, true)).toBe(5400);
  expect(waitAfterAnswer(overview, 9_000_000, true)).toBe(500);
  expect(waitAfterAnswer(overview, 1_005_000, false)).toBe(1000);
});

test('after failures it is asked less and less often, at least twice a minute', () => {
  expect(waitAfterFailure(1, 0.5)).toBe(1000);
  expect(waitAfterFailure(3, 0.5)).toBe(4000);
  expect(waitAfterFailure(99, 1)).toBeLessThan(40_000);
});
