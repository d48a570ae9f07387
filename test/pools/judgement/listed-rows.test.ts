import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SocketRow, TCP_ESTABLISHED, TCP_TIME_WAIT } from '../../../src/kernel/socket-row.ts';
import {
  JUDGED_ROW,
  ListedRows,
  SECOND_PASS_ROW,
  UNKNOWN_USER,
} from '../../../src/pools/judgement/listed-rows.ts';
import { EndpointTable } from '../../../src/pools/tables/endpoint-table.ts';

const word = fc.integer();
const listedRow = fc.record({
  endpoint: fc.nat({ max: 5_000_000 }),
  isIpv6: fc.boolean(),
  isJudged: fc.boolean(),
  isTimeWait: fc.boolean(),
  localPort: fc.integer({ min: 1, max: 65_535 }),
  period: fc.integer({ min: -1, max: 12 }),
  remainingMs: fc.integer({ min: 0, max: 60_000 }),
  cookieLow: word,
  cookieHigh: fc.integer({ min: 1 }),
  uid: fc.nat(),
  inode: fc.nat({ max: 2 ** 32 - 1 }),
});

type Row = typeof listedRow extends fc.Arbitrary<infer Each> ? Each : never;

/** What the list says of one row; of owner and age only where it keeps them. */
function rowAt(listed: ListedRows, index: number): object {
  const isJudged = listed.is(index, JUDGED_ROW);
  return {
    id: listed.id(index),
    family: listed.table(index).family,
    port: listed.port(index),
    period: listed.period(index),
    isSecondPass: listed.is(index, SECOND_PASS_ROW),
    isJudged,
    identity: [listed.first(index), listed.second(index)],
    owned: isJudged && [listed.closedAgoMs(index), listed.inode(index), listed.user(index)],
  };
}

/** The same of a row that was pushed. */
function asFound(row: Row): object {
  const ageMs = row.isTimeWait ? 60_000 - row.remainingMs : -1;
  return {
    id: row.endpoint,
    family: row.isIpv6 ? 'ipv6' : 'ipv4',
    port: row.localPort,
    period: row.period,
    isSecondPass: true,
    isJudged: row.isJudged,
    identity: [row.cookieLow, row.cookieHigh],
    owned: row.isJudged && [ageMs, row.inode, row.inode === 0 ? UNKNOWN_USER : row.uid],
  };
}

test('give back what was pushed, judged rows between others, however many there are', () => {
  const rows = fc.noShrink(fc.array(listedRow, { maxLength: 300, size: 'max' }));
  fc.assert(
    fc.property(rows, fc.nat({ max: 100 }), (pushed, expected) => {
      const tables = [new EndpointTable(1), new EndpointTable(4)] as const;
      const rare = { uid: 0, inode: 0 };
      const cursor = new SocketRow(rare);
      const listed = new ListedRows(expected);
      for (const { endpoint, isIpv6, isJudged, isTimeWait, period, uid, inode, ...row } of pushed) {
        Object.assign(rare, { uid, inode });
        Object.assign(cursor, row, { state: isTimeWait ? TCP_TIME_WAIT : TCP_ESTABLISHED });
        const flags = SECOND_PASS_ROW | (isJudged ? JUDGED_ROW : 0);
        listed.push(tables[isIpv6 ? 1 : 0], endpoint, cursor, flags, period);
      }
      const found = Array.from({ length: listed.size }, (_, index) => rowAt(listed, index));
      expect(found).toEqual(pushed.map(asFound));
      const unjudged = pushed.findIndex(({ isJudged }) => !isJudged);
      if (unjudged >= 0) expect(() => listed.inode(unjudged)).toThrow(RangeError);
    }),
  );
});
