import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Conntrack, readConntrack } from '../../../../src/kernel/proc/net/net-conntrack.ts';
import { writeProcfs } from '../../../support/procfs.ts';

const HEADER =
  'entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart';

function lineOf(insertFailed: string, dropped: string): string {
  return `00000005  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 ${insertFailed} ${dropped} 00000000 00000000  00000000 00000000 00000000 00000000`;
}

function read(stat: string | undefined, count = '5\n', max = '262144\n'): Conntrack | undefined {
  const procfs = writeProcfs({
    ...(stat !== undefined && { 'net/stat/nf_conntrack': stat }),
    'sys/net/netfilter/nf_conntrack_count': count,
    'sys/net/netfilter/nf_conntrack_max': max,
  });
  return readConntrack(join(procfs, 'net'), join(procfs, 'sys/net'));
}

describe('connection tracking', () => {
  test('adds up the hexadecimal numbers of all processors', () => {
    const text = `${HEADER}\n${lineOf('00000106', '00000001')}\n${lineOf('0000000a', '00000002')}\n`;
    const counts = { entries: 5, limit: 262_144, insertFailed: 272, dropped: 3 };
    expect(read(text)).toEqual(counts);
  });

  test('that is not there is not 0', () => {
    expect(read(undefined)).toBeUndefined();
  });

  test.each([
    [
      `${HEADER.replace('insert_failed', 'x')}\n${lineOf('0', '0')}\n`,
      'expected a column insert_failed',
    ],
    [`${HEADER}\n${lineOf('zz', '0')}\n`, 'expected a hexadecimal number, found "zz"'],
    [`${HEADER}\n00000005\n`, 'expected a hexadecimal number, found ""'],
  ])('%j is refused', (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });

  test('a count that is none is refused', () => {
    expect(() => read(`${HEADER}\n`, 'many\n')).toThrow(
      'nf_conntrack_count: expected a whole number, found "many\\n"',
    );
  });

  test.skipIf(!existsSync('/proc/net/stat/nf_conntrack'))('of this kernel is understood', () => {
    expect(readConntrack('/proc/net', '/proc/sys/net')).toMatchObject({
      limit: expect.any(Number) as unknown,
    });
  });
});
