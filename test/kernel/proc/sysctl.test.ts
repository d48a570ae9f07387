import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTimeWaitOverflows } from '../../../src/kernel/proc/net-netstat.ts';
import { readSocketCounts } from '../../../src/kernel/proc/net-sockstat.ts';
import { readPortSettings } from '../../../src/kernel/proc/sysctl.ts';
import { asNobody } from '../../support/nobody.ts';
import { writeProcfs } from '../../support/procfs.ts';

const IPV4 = 'sys/net/ipv4';
const read = (files: Readonly<Record<string, string>> = {}) =>
  readPortSettings(join(writeProcfs(files), 'sys/net'));

const FIXTURE = new URL('../../fixtures/mixed', import.meta.url).pathname;

describe('the settings', () => {
  test('captured from a real kernel', () => {
    expect(readPortSettings(join(FIXTURE, 'sys/net'))).toEqual({
      range: { low: 40_000, high: 40_099 },
      rangeAssumed: false,
      reserved: [
        { low: 40_020, high: 40_024 },
        { low: 50_000, high: 50_000 },
      ],
      timeWaitReuse: 2,
      timeWaitReuseDelayMs: 1000,
      timestamps: true,
      bindV6Only: false,
    });
  });

  test('a kernel before 6.14 has no reuse delay: one second', () => {
    expect(read().timeWaitReuseDelayMs).toBe(1000);
  });

  test('a range that is not there is assumed, and said to be', () => {
    const procfs = writeProcfs();
    const settings = readPortSettings(join(procfs, 'nowhere'));
    expect(settings).toMatchObject({ range: { low: 32_768, high: 60_999 }, rangeAssumed: true });
  });

  test('a range that must not be read is assumed', (context) => {
    const procfs = writeProcfs();
    chmodSync(join(procfs, IPV4, 'ip_local_port_range'), 0);
    chmodSync(procfs, 0o755);
    const settings = asNobody(() => readPortSettings(join(procfs, 'sys/net')));
    if (settings === undefined) context.skip('needs true root, to become somebody else');
    expect(settings).toMatchObject({ range: { low: 32_768, high: 60_999 }, rangeAssumed: true });
  });

  test.each([
    ['ip_local_port_range', 'abc', 'expected ports from 0 to 65535, low before high, found "abc"'],
    ['ip_local_port_range', '', 'expected ports from 0 to 65535, low before high, found ""'],
    ['ip_local_port_range', '5 1', 'expected ports from 0 to 65535, low before high, found "5 1"'],
    [
      'ip_local_reserved_ports',
      '1,x',
      'expected ports from 0 to 65535, low before high, found "x"',
    ],
    [
      'ip_local_reserved_ports',
      '1-70000',
      'expected ports from 0 to 65535, low before high, found "1-70000"',
    ],
    ['tcp_tw_reuse', '', 'expected a whole number, found ""'],
  ])('%s with %j is an error that names the file', (name, content, problem) => {
    expect(() => read({ [`${IPV4}/${name}`]: content })).toThrow(`${name}: ${problem}`);
  });
});

describe('counters', () => {
  test('captured from a real kernel', () => {
    const counts = readSocketCounts(join(FIXTURE, 'net'));
    expect(counts.udpInUse).toBe(9);
    expect(counts.timeWait).toBe(43);
    expect(readTimeWaitOverflows(join(FIXTURE, 'net'))).toBe(0);
  });

  test('are not there on every kernel', () => {
    const net = join(writeProcfs(), 'net');
    expect(readSocketCounts(net)).toEqual({ tcpInUse: 0, timeWait: 0, udpInUse: 0 });
    expect(readTimeWaitOverflows(net)).toBeUndefined();
  });
});
