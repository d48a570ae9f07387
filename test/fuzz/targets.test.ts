import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../src/config/duration.ts';
import { alternativeNames } from '../../src/http/access/client-certificate.ts';
import { ListenError } from '../../src/http/listen-address.ts';
import { systemdSockets } from '../../src/http/systemd-sockets.ts';
import { readTimeWaitOverflows } from '../../src/kernel/proc/net/net-netstat.ts';
import { readSctpSockets } from '../../src/kernel/proc/net/net-protocols.ts';
import { readSocketCounts } from '../../src/kernel/proc/net/net-sockstat.ts';
import { KernelFileError } from '../../src/kernel/proc/kernel-file.ts';
import { readBirth, readLastPid } from '../../src/kernel/proc/pid.ts';
import { ProcSource } from '../../src/kernel/proc/proc-source.ts';
import { wholeNumber } from '../../src/kernel/whole-number.ts';
import { inputOf } from './inputs.ts';
import { Broken, findIn, type Target } from './target.ts';
import { TARGETS } from './targets.ts';

/** A little of `npm run fuzz` at each `npm test`, the same inputs each time; and what it has found, one by one. */

const INPUTS = 300;

test.each(TARGETS)('$name', (target) => {
  const finds = Array.from({ length: INPUTS }, (_, index) => {
    const input = inputOf(target.seeds, 1, index);
    const found = findIn(target, input);
    return found === undefined ? [] : [[input.toString('base64'), (found as Error).message]];
  });
  expect(finds.flat()).toEqual([]);
});

describe('the fuzzer', () => {
  const [seed] = [Buffer.from('5s')];

  test('makes the same input of the same numbers, and others of others', () => {
    const inputs = Array.from({ length: 200 }, (_, index) => inputOf([seed], 1, index).toString());
    expect(inputOf([seed], 1, 7).toString()).toBe(inputs[7]);
    expect(new Set(inputs).size).toBeGreaterThan(100);
  });

  test('finds a parser that throws, and one that says what is wrong', () => {
    const throwing: Target = {
      name: 'x',
      seeds: [seed],
      allowed: [RangeError],
      run: (input) => {
        if (input.includes('-')) throw new TypeError('a dash');
        if (input.includes('%')) throw new RangeError('as agreed');
        if (input.includes('0x')) throw new Broken('a number');
      },
    };
    const found = Array.from({ length: 3000 }, (_, index) =>
      findIn(throwing, inputOf(throwing.seeds, 1, index)),
    );
    const kinds = new Set(found.map((each) => (each instanceof Error ? each.name : each)));
    expect(kinds).toEqual(new Set([undefined, 'TypeError', 'Broken']));
  });
});

describe('what was found, and mended', () => {
  const LONG = '9'.repeat(400);

  function procfs(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(tmpdir(), 'epe-find-'));
    mkdirSync(join(folder, '7'));
    symlinkSync(String(process.pid), join(folder, 'self'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }

  test.each(['', '-1', '+1', '1.5', '1e9', '0x10', ' 1', '٣', LONG, '18446744073709551616'])(
    '"%s" is no whole number',
    (text) => {
      expect(wholeNumber(text)).toBeUndefined();
      const stat = `7 (a) S${' 0'.repeat(18)} ${text} 0\n`;
      const folder = procfs({
        loadavg: `0 0 0 1/1 ${text}\n`,
        '7/stat': stat,
        netstat: `TcpExt: TCPTimeWaitOverflow\nTcpExt: ${text}\n`,
        protocols: `protocol size sockets\nSCTP 1 ${text}\n`,
      });
      if (!/^\d{1,20}$/.test(text)) expect(readTimeWaitOverflows(folder)).toBeUndefined();
      if (text.trim() === text) expect(() => readSctpSockets(folder)).toThrow(KernelFileError);
      if (text.trim() === text) expect(readBirth(folder, 7)).toBeUndefined();
      if (text.trim() === text && text !== '') expect(readLastPid(folder)).toBeUndefined();
    },
  );

  test('a number of sockets that no kernel has is no number', () => {
    expect(() => readSocketCounts(procfs({ sockstat: `TCP: inuse ${LONG}\n` }))).toThrow(
      /sockstat: expected the numbers of sockets of TCP/,
    );
  });

  test('a column of a socket table with hundreds of digits made the user NaN', () => {
    const lines = readFileSync('test/fixtures/mixed/net/tcp', 'latin1').split('\n');
    const long = lines.map((line) =>
      line.replace(/( 0{8} +)\d+( +\d+ \d+ \d+ 0{8})/, `$10${LONG}$2`),
    );
    expect(long.join('\n')).toContain(LONG);
    const folder = procfs({ tcp: long.join('\n') });
    let users = 0;
    new ProcSource(folder).readTcp((row) => {
      if (Number.isFinite(row.uid)) users += 1;
      expect(row.uid).not.toBeNaN();
    });
    expect(users).toBeGreaterThan(0);
  });

  test('a duration without end is none', () => {
    expect(parseDuration(`${LONG}d`)).toBeNaN();
  });

  test('LISTEN_FDS of four thousand millions did not return', () => {
    const environment = { LISTEN_PID: '7', LISTEN_FDS: '4294967295' };
    expect(() => systemdSockets(environment, 7)).toThrow(ListenError);
    expect(systemdSockets({ ...environment, LISTEN_FDS: '2' }, 7)).toEqual([3, 4]);
  });

  test('a name in a certificate with a quote and no JSON behind it is left out', () => {
    expect(alternativeNames('DNS:"\\x", DNS:a.example')).toEqual(['a.example']);
  });

  test('an IPv6 address with a zone in a certificate is a name like any other', () => {
    expect(alternativeNames('DNS:fe80::1%x, DNS:2001:db8:0:0::1')).toEqual([
      'fe80::1%x',
      '2001:db8::1',
    ]);
  });
});
