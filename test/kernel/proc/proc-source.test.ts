import fc from 'fast-check';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../../src/kernel/address.ts';
import { ProcSource } from '../../../src/kernel/proc/proc-source.ts';
import {
  LOCAL,
  REMOTE,
  type SocketRow,
  type TableReading,
} from '../../../src/kernel/socket-row.ts';
import { hexIpv4, rowText, table, writeProcfs } from '../../support/procfs.ts';

interface Read {
  readonly reading: TableReading;
  readonly rows: readonly string[];
}

function describeRow(row: SocketRow): string {
  const local = `${formatAddress(row.addresses, LOCAL)} ${row.localPort}`;
  const remote = `${formatAddress(row.addresses, REMOTE)} ${row.remotePort}`;
  return `${local} > ${remote} state ${row.state} in ${row.remainingMs}`;
}

function readTcp(files: Readonly<Record<string, string>>): Read {
  const rows: string[] = [];
  const source = new ProcSource(join(writeProcfs(files), 'net'));
  const reading = source.readTcp((row) => rows.push(describeRow(row)));
  return { reading, rows };
}

const FIXTURE = new URL('../../fixtures/mixed/net', import.meta.url).pathname;

describe('tables captured from a real kernel', () => {
  test('TCP: every row, listeners of both families first', () => {
    const states: number[] = [];
    const reading = new ProcSource(FIXTURE).readTcp((row) => states.push(row.state));
    expect(reading).toEqual({ rows: 129, malformedRows: 0, ipv6: true });
    expect(states.slice(0, 5)).toEqual([10, 10, 10, 10, 10]);
    expect(states.slice(5)).not.toContain(10);
    expect(states.filter((state) => state === 6)).toHaveLength(40);
  });

  test('UDP', () => {
    const rows: string[] = [];
    const reading = new ProcSource(FIXTURE).readUdp((row) => rows.push(describeRow(row)));
    expect(reading).toEqual({ rows: 9, malformedRows: 0, ipv6: true });
    expect(rows).toContain('0.0.0.0 40090 > 0.0.0.0 0 state 7 in 0');
    expect(rows.filter((row) => row.includes('> fd00::7 53 state 1'))).toHaveLength(3);
  });
});

const established = (slot: number, port: number): string =>
  rowText(slot, {
    local: hexIpv4('127.0.0.1'),
    localPort: port,
    remote: hexIpv4('10.1.2.3'),
    remotePort: 80,
    state: 1,
  });

describe('rows', () => {
  test('an IPv6 row, a v4-mapped one and a TIME_WAIT with its remaining time', () => {
    const six = { localPort: 5, remotePort: 6, state: 6, remaining: 0x16b5 };
    const { rows } = readTcp({
      'net/tcp6': table(
        rowText(0, {
          ...six,
          local: 'B80D0120000000000000000001000000',
          remote: '00000000000000000000000001000000',
        }),
        rowText(1, {
          ...six,
          local: '0000000000000000FFFF00000100007F',
          remote: '0000000000000000FFFF00000302010A',
        }),
      ),
    });
    expect(rows).toEqual([
      '2001:db8::1 5 > ::1 6 state 6 in 58130',
      '127.0.0.1 5 > 10.1.2.3 6 state 6 in 58130',
    ]);
  });

  test('slot numbers of any width', () => {
    const { rows } = readTcp({
      'net/tcp': table(established(0, 1), established(99_999, 2), established(1_234_567, 3)),
    });
    expect(rows.map((row) => row.split(' ')[1])).toEqual(['1', '2', '3']);
  });

  test('more rows than one buffer holds', () => {
    const rows = Array.from({ length: 5000 }, (_, slot) => established(slot, slot + 1));
    const read = readTcp({ 'net/tcp': table(...rows) });
    expect(read.reading.rows).toBe(5000);
    expect(read.rows.map((row) => Number(row.split(' ')[1]))).toEqual(
      Array.from({ length: 5000 }, (_, slot) => slot + 1),
    );
  });
});

test('a copy of a procfs without what `net` leads to is called one', () => {
  const net = join(mkdtempSync(join(tmpdir(), 'epe-copy-')), 'net');
  symlinkSync('self/net', net);
  expect(() => new ProcSource(net).readTcp(() => undefined)).toThrow('tcp: not found: a copy of');
  const other = join(tmpdir(), 'epe-no-such-folder');
  expect(() => new ProcSource(other).readTcp(() => undefined)).toThrow('must name a mounted');
});

describe('malformed rows', () => {
  test('a table cut in the middle of a row', () => {
    const whole = table(established(0, 1), established(1, 2));
    const { reading, rows } = readTcp({ 'net/tcp': whole.slice(0, -60) });
    expect(rows).toHaveLength(1);
    expect(reading.malformedRows).toBe(1);
  });

  test('whatever happens to some rows, the others are read and those are counted', () => {
    const damage = fc.constantFrom(
      (row: string) => row.slice(0, 20),
      (row: string) => row.replace('0100007F', '0100z07F'),
      (row: string) => row.replace(':', ';'),
      (row: string) => row.replace(' 01 ', ' 7F '),
      (row: string) => row.slice(9),
      () => '',
      () => 'x'.repeat(70_000),
    );
    const line = fc.option(damage, { nil: undefined, freq: 2 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (damages) => {
        const rows = damages.map((break_, slot) => {
          const row = established(slot, slot + 1);
          return break_ === undefined ? row : break_(row);
        });
        const whole = damages.flatMap((break_, slot) => (break_ === undefined ? [slot + 1] : []));
        fc.pre(damages.length - whole.length <= Math.max(8, whole.length));
        const read = readTcp({ 'net/tcp': table(...rows) });
        expect(read.rows.map((row) => Number(row.split(' ')[1]))).toEqual(whole);
        expect(read.reading.malformedRows).toBe(damages.length - whole.length);
      }),
    );
  });

  test.each([
    ['an empty file', '', 'is empty, as in WSL 1, which does not show its sockets'],
    ['another file', 'hello\n', 'expected a socket table that starts with "sl"'],
    ['garbage', table(...Array.from({ length: 9 }, () => 'garbage')), 'most rows are unreadable'],
  ])('%s is an error that names it', (_title, content, problem) => {
    expect(() => readTcp({ 'net/tcp': content })).toThrow(problem);
    expect(() => readTcp({ 'net/tcp': content })).toThrow('net/tcp:');
  });

  test('no tcp6 is IPv6 switched off, no tcp is an error', () => {
    expect(readTcp({}).reading.ipv6).toBe(false);
    const nowhere = new ProcSource('/nowhere/net');
    expect(() => nowhere.readTcp(() => undefined)).toThrow(
      '/nowhere/net/tcp: not found; --path.procfs must name a mounted procfs',
    );
  });
});
