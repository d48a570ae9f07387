import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ASSUMED_SETTINGS,
  PortSettingsReader,
  readPortSettings,
} from '../../../src/kernel/proc/sysctl.ts';
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
  ])('%s with %j is an error that names the file', (name, content, problem) => {
    expect(() => read({ [`${IPV4}/${name}`]: content })).toThrow(`${name}: ${problem}`);
  });

  test.each([
    ['ip_local_reserved_ports', '1,x', 'reserved', 'expected ports from 0 to 65535'],
    ['ip_local_reserved_ports', '1-70000', 'reserved', 'expected ports from 0 to 65535'],
    ['tcp_tw_reuse', '', 'timeWaitReuse', 'expected a whole number, found ""'],
    ['tcp_tw_reuse_delay', '-1', 'timeWaitReuseDelayMs', 'expected a whole number, found "-1"'],
    ['tcp_timestamps', 'on', 'timestamps', 'expected a whole number, found "on"'],
  ] as const)(
    '%s with %j is a problem that names it; the others are read',
    (name, text, key, problem) => {
      const { unread, ...settings } = read({ [`${IPV4}/${name}`]: text });
      expect([...(unread?.keys ?? [])]).toEqual([key]);
      expect(unread?.problem).toContain(`${name}: ${problem}`);
      expect(settings).toEqual({ ...ASSUMED_SETTINGS, rangeAssumed: false });
    },
  );
});

describe('settings that are read again and again', () => {
  const WRITTEN: Readonly<Record<string, string>> = {
    'ipv4/ip_local_port_range': '40000\t40099\n',
    'ipv4/ip_local_reserved_ports': '40010\n',
    'ipv4/tcp_tw_reuse': '1\n',
    'ipv4/tcp_tw_reuse_delay': '500\n',
    'ipv4/tcp_timestamps': '0\n',
    'ipv6/bindv6only': '1\n',
  };
  const DIRECTORY = join(writeProcfs({ 'sys/net/ipv6/bindv6only': '0\n' }), 'sys/net');

  test('are the same object until one of the files changes', () => {
    const reader = new PortSettingsReader();
    let last = reader.read(DIRECTORY);
    for (const [name, text] of Object.entries(WRITTEN)) {
      expect(reader.read(DIRECTORY)).toBe(last);
      writeFileSync(join(DIRECTORY, name), text);
      const next = reader.read(DIRECTORY);
      expect(next, name).not.toEqual(last);
      expect(next).toEqual(readPortSettings(DIRECTORY));
      last = next;
    }
  });

  test('are an error while a text makes no sense, and the last ones when it is as before', () => {
    const directory = join(writeProcfs(), 'sys/net');
    const path = join(directory, 'ipv4/ip_local_port_range');
    const reader = new PortSettingsReader();
    const before = reader.read(directory);
    writeFileSync(path, 'abc');
    const readAgain = (): unknown => reader.read(directory);
    expect(readAgain).toThrow('low before high, found "abc"');
    expect(readAgain).toThrow('low before high, found "abc"');
    writeFileSync(path, '32768\t60999\n');
    expect(reader.read(directory)).toBe(before);
  });

  test('that make no sense any more keep their last value, and are said to', () => {
    const directory = join(writeProcfs({ 'sys/net/ipv4/tcp_tw_reuse': '1\n' }), 'sys/net');
    const reader = new PortSettingsReader();
    reader.read(directory);
    writeFileSync(join(directory, 'ipv4/tcp_tw_reuse'), 'abc');
    for (let reading = 0; reading < 2; reading += 1) {
      const { timeWaitReuse, unread } = reader.read(directory);
      expect(timeWaitReuse).toBe(1);
      expect(unread?.keys).toEqual(new Set(['timeWaitReuse']));
    }
    writeFileSync(join(directory, 'ipv4/tcp_tw_reuse'), '2\n');
    expect(reader.read(directory)).toMatchObject({ timeWaitReuse: 2 });
    expect(reader.read(directory).unread).toBeUndefined();
  });

  test('of several namespaces are kept apart', () => {
    const [one, other] = [new PortSettingsReader(), new PortSettingsReader()];
    expect(one.read(DIRECTORY)).not.toBe(other.read(DIRECTORY));
    expect(one.read(DIRECTORY)).toEqual(other.read(DIRECTORY));
  });
});
