import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SocketRow, TCP_ESTABLISHED, TCP_TIME_WAIT } from '../../../src/kernel/socket-row.ts';
import {
  JUDGED_ROW,
  ListedRows,
  SECOND_PASS_ROW,
  UNKNOWN_OWNER,
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
  remainingCentiseconds: fc.integer({ min: 0, max: 6000 }),
  cookieLow: word,
  cookieHigh: fc.integer({ min: 1 }),
  uid: fc.nat(),
  inode: fc.nat({ max: 2 ** 32 - 1 }),
});

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
      expect(listed.size).toBe(pushed.length);
      for (const [index, row] of pushed.entries()) {
        expect(listed.id(index)).toBe(row.endpoint);
        expect(listed.table(index)).toBe(tables[row.isIpv6 ? 1 : 0]);
        expect(listed.port(index)).toBe(row.localPort);
        expect(listed.period(index)).toBe(row.period);
        expect(listed.is(index, SECOND_PASS_ROW)).toBe(true);
        expect(listed.is(index, JUDGED_ROW)).toBe(row.isJudged);
        expect([listed.first(index), listed.second(index)]).toEqual([
          row.cookieLow,
          row.cookieHigh,
        ]);
        if (!row.isJudged) {
          expect(() => listed.inode(index)).toThrow(RangeError);
          continue;
        }
        const ageMs = row.isTimeWait ? 60_000 - 10 * row.remainingCentiseconds : -1;
        expect(listed.closedAgoMs(index)).toBe(ageMs);
        expect(listed.inode(index)).toBe(row.inode);
        expect(listed.owner(index)).toBe(row.inode === 0 ? UNKNOWN_OWNER : row.uid);
      }
    }),
  );
});
