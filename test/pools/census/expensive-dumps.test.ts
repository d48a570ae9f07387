import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ADDRESS_WORDS } from '../../../src/kernel/address.ts';
import { SocketRow, TCP_CLOSE } from '../../../src/kernel/socket-row.ts';
import { RowBuffer } from '../../../src/pools/tables/row-buffer.ts';
import { type ExpensiveDump, ExpensiveDumps } from '../../../src/pools/census/expensive-dumps.ts';

/** How long after its cost a question waits: a five-hundredth of a core. */
const REST = 500;

const word = fc.integer();
const port = fc.integer({ min: 1, max: 65_535 });
const tristate = fc.constantFrom(undefined, false, true);

const rowFields = fc.record({
  addresses: fc
    .array(word, { minLength: 2 * ADDRESS_WORDS, maxLength: 2 * ADDRESS_WORDS })
    .map((words) => Int32Array.from(words)),
  localPort: port,
  remotePort: fc.constant<number>(0),
  state: fc.constant<number>(TCP_CLOSE),
  ipv6Socket: fc.boolean(),
  remainingMs: fc.integer({ min: 0, max: 60_000 }),
  device: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  cookieLow: word,
  cookieHigh: word,
  portOwner: fc.integer({ min: 0, max: 3 }),
  mayHaveTimestamps: fc.boolean(),
  accepted: tristate,
});

/** A file has an inode number, and only then a user is known. */
const rareFields = fc.record({
  uid: fc.nat({ max: 2 ** 32 - 1 }),
  inode: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  v6Only: tristate,
  bindAddressNoPort: tristate,
});

const idleRow = fc.record({ row: rowFields, rare: rareFields });
type IdleRow = typeof idleRow extends fc.Arbitrary<infer Row> ? Row : never;

const RANGE = { low: 32_768, high: 60_999 };

/** One cursor for all rows, as a source has it: what is remembered must be a copy. */
function answer(takenAtMs: number, costMs: number, rows: readonly IdleRow[] = []): ExpensiveDump {
  const cursorFields = { uid: 0, inode: 0 };
  const cursor = new SocketRow(cursorFields);
  const idle = new RowBuffer();
  for (const { row, rare } of rows) {
    const { addresses, ...fields } = row;
    cursor.addresses.set(addresses);
    Object.assign(cursorFields, rare);
    idle.push(Object.assign(cursor, fields));
  }
  return { takenAtMs, costMs, range: RANGE, idle };
}

function recalled(questions: ExpensiveDumps): IdleRow[] {
  const rows: IdleRow[] = [];
  questions.visitIdle((visited) => {
    const { addresses, readAfterMs, ...fields } = visited;
    expect(readAfterMs, 'when a copy was read').toBe(0);
    const { uid = 0, inode, v6Only, bindAddressNoPort } = visited;
    const row = { addresses: addresses.slice(), ...fields };
    rows.push({ row, rare: { uid, inode, v6Only, bindAddressNoPort } });
  });
  return rows;
}

describe('slow questions', () => {
  test('are due at first, then only when their cost has been rested off', () => {
    const time = fc.integer({ min: 0, max: 1e9 });
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 119 }), (nowMs, costMs) => {
        const questions = new ExpensiveDumps();
        expect(questions.isDue(nowMs, RANGE)).toBe(true);
        questions.keep(answer(nowMs, costMs));
        expect(questions.isDue(nowMs, RANGE)).toBe(false);
        expect(questions.isDue(nowMs + REST * costMs - 0.1, RANGE)).toBe(false);
        expect(questions.isDue(nowMs + REST * costMs + 0.1, RANGE)).toBe(true);
      }),
    );
  });

  test('wait a minute at most, however much they cost', () => {
    const questions = new ExpensiveDumps();
    questions.keep(answer(1000, 100_000));
    expect(questions.isDue(60_999, RANGE)).toBe(false);
    expect(questions.isDue(61_000, RANGE)).toBe(true);
  });

  test('are asked at once about another range', () => {
    const questions = new ExpensiveDumps();
    questions.keep(answer(1000, 100));
    expect(questions.isDue(1001, { ...RANGE, low: 20_000 })).toBe(true);
    expect(questions.isDue(1001, { ...RANGE, high: 61_000 })).toBe(true);
  });

  test('keep every field of the idle rows, in order, until there is another answer', () => {
    const rows = fc.noShrink(fc.array(idleRow, { maxLength: 80, size: 'max' }));
    fc.assert(
      fc.property(rows, rows, (first, second) => {
        const questions = new ExpensiveDumps();
        expect(recalled(questions)).toEqual([]);
        for (const idle of [first, second]) {
          questions.keep(answer(0, 0, idle));
          expect(recalled(questions)).toEqual(idle);
          expect(recalled(questions)).toEqual(idle);
        }
      }),
    );
  });
});
