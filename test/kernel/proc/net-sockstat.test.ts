import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSocketCounts } from '../../../src/kernel/proc/net-sockstat.ts';
import { writeProcfs } from '../../support/procfs.ts';

const FIXTURE = new URL('../../fixtures/mixed/net', import.meta.url).pathname;

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

test('files that this kernel does not have count as 0', () => {
  const net = join(writeProcfs(), 'net');
  expect(readSocketCounts(net)).toEqual({ tcpInUse: 0, timeWait: 0, udpInUse: 0 });
});
