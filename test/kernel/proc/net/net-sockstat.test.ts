import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSocketCounts } from '../../../../src/kernel/proc/net/net-sockstat.ts';
import { writeProcfs } from '../../../support/procfs.ts';

const FIXTURE = new URL('../../../fixtures/mixed/net', import.meta.url).pathname;

test('captured from a real kernel', () => {
  const counts = readSocketCounts(FIXTURE);
  expect(counts.udpInUse).toBe(9);
  expect(counts.timeWait).toBe(43);
});

test('both families are counted, whatever else is in the line', () => {
  const net = join(
    writeProcfs({
      'net/sockstat':
        'sockets: used 9\nTCP: inuse 5 orphan 1 tw 7 alloc 8 mem 2\nUDP: inuse 3 mem 1\nUDPLITE: inuse 99\n',
      'net/sockstat6': 'TCP6: inuse 20\nUDP6: inuse 30\nUDPLITE6: inuse 99\n',
    }),
    'net',
  );
  expect(readSocketCounts(net)).toEqual({ tcpInUse: 25, timeWait: 7, udpInUse: 33 });
});

test('a kernel without IPv6 has no sockstat6', () => {
  const net = join(writeProcfs(), 'net');
  expect(readSocketCounts(net)).toEqual({ tcpInUse: 0, timeWait: 0, udpInUse: 0 });
});

test.each([
  ['sockstat', '', 'TCP'],
  ['sockstat', 'TCP: used 5 tw 7\nUDP: inuse 3\n', 'TCP'],
  ['sockstat', 'TCP: inuse 5\nUDP: inuse 3\n', 'TCP'],
  ['sockstat', 'TCP: inuse 5 tw 7\nUDP: inuse x\n', 'UDP'],
  ['sockstat6', 'TCP6: inuse 5\n', 'UDP6'],
])('%s with %j is an error, and no number', (name, text, protocol) => {
  const net = join(writeProcfs({ [`net/${name}`]: text }), 'net');
  const problem = `${name}: expected the numbers of sockets of ${protocol}`;
  expect(() => readSocketCounts(net)).toThrow(new RegExp(`${problem}$`));
});

test('a file that is not there is an error', () => {
  expect(() => readSocketCounts('/nowhere')).toThrow('/nowhere/sockstat: expected');
});
