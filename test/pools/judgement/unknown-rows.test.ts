import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SocketRow } from '../../../src/kernel/socket-row.ts';
import { ListedRows, SECOND_PASS_ROW } from '../../../src/pools/judgement/listed-rows.ts';
import { PortMemory } from '../../../src/pools/judgement/port-memory.ts';
import { unknownRows } from '../../../src/pools/judgement/unknown-rows.ts';
import { EndpointTable } from '../../../src/pools/tables/endpoint-table.ts';
import { PortSet } from '../../../src/pools/tables/port-set.ts';

/** Rows with these numbers as cookies, in this order. */
function listed(cookies: readonly number[]): ListedRows {
  const rows = new ListedRows();
  const table = new EndpointTable(1);
  for (const cookie of cookies) {
    const row = new SocketRow();
    row.cookieLow = cookie;
    rows.push(table, 0, row, SECOND_PASS_ROW, -1);
  }
  return rows;
}

/** Remembers the first half of the rows as judged ones, which a poll may come to see elsewhere in its list. */
function remember(memory: PortMemory, cookies: readonly number[], judged: number): void {
  cookies.forEach((cookie, index) => {
    if (index < judged) memory.rememberVerdict(cookie, 0, 'connected');
    else memory.rememberUnjudged(cookie, 0);
  });
}

const cookies = fc.shuffledSubarray(Array.from({ length: 300 }, (_, index) => index + 1));

test('rows are unknown that neither of the last two polls remembered, in whatever order they come', () => {
  const judged = fc.nat({ max: 20 });
  fc.assert(
    fc.property(cookies, cookies, cookies, judged, (older, last, now, judgedRows) => {
      const before = new PortMemory(0, new PortSet(), undefined);
      remember(before, older, judgedRows);
      const memory = new PortMemory(1, new PortSet(), before);
      remember(memory, last, judgedRows);
      const known = new Set([...older, ...last]);
      const isCandidate = (row: number): boolean => row % 5 !== 0;
      const unknown = now.flatMap((cookie, row) =>
        isCandidate(row) && !known.has(cookie) ? [row] : [],
      );
      expect(unknownRows(listed(now), isCandidate, memory)).toEqual(unknown);
    }),
  );
});

test('without a memory, all are', () => {
  expect(unknownRows(listed([5, 6, 7]), (row) => row > 0, undefined)).toEqual([1, 2]);
});
