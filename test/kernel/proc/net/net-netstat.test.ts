import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTimeWaitOverflows } from '../../../../src/kernel/proc/net/net-netstat.ts';
import { writeProcfs } from '../../../support/procfs.ts';

const FIXTURE = new URL('../../../fixtures/mixed/net', import.meta.url).pathname;

const overflows = (netstat: string): number | undefined =>
  readTimeWaitOverflows(join(writeProcfs({ 'net/netstat': netstat }), 'net'));

test.each([
  ['TcpExt: A TCPTimeWaitOverflow B\nTcpExt: 1 2 3\n', 2],
  ['TcpExt: A B TCPTimeWaitOverflow\nTcpExt: 1 2 3\n', 3],
  ['TcpExt: A TCPTimeWaitOverflow B\nTcpExt: 1 20 3\n', 20],
  ['IpExt: A\nIpExt: 1\nTcpExt: TCPTimeWaitOverflow\nTcpExt: 18446744073709551615', 2 ** 64],
  ['TcpExt: A B\nTcpExt: 1 2\n', undefined],
  ['TcpExt: A B TCPTimeWaitOverflow\nTcpExt: 1 2\nIpExt: 1 2 3 4\n', undefined],
  ['TcpExt: A TCPTimeWaitOverflow\nTcpExt: 1 x\n', undefined],
  ['TcpExt: A TCPTimeWaitOverflow\n', undefined],
  ['TcpExt: A TCPTimeWaitOverflow\nIpExt: 1 2\n', undefined],
  ['', undefined],
])('%j', (netstat, value) => {
  expect(overflows(netstat)).toBe(value);
});

test('captured from a real kernel', () => {
  expect(readTimeWaitOverflows(FIXTURE)).toBe(0);
});

test('this kernel shows the counter', () => {
  expect(readTimeWaitOverflows('/proc/thread-self/net')).toBeGreaterThanOrEqual(0);
});

test('is not there on every kernel', () => {
  expect(readTimeWaitOverflows(join(writeProcfs(), 'net'))).toBeUndefined();
});
