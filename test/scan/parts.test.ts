import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KernelError } from '../../src/kernel/kernel-error.ts';
import { KernelFileError } from '../../src/kernel/proc/kernel-file.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { PartMeter, type PartReport } from '../../src/scan/parts.ts';
import { detailsJson } from '../../src/snapshot/encode.ts';
import { seriesOf } from '../support/page.ts';
import { pollOptions } from '../support/pools.ts';
import { writeProcfs } from '../support/procfs.ts';

const NONSENSE = 'nonsense\n';
const SCTP = { 'net/sctp/eps': ' ENDPT LPORT\n', 'net/sctp/assocs': ' ASSOC LPORT\n' };
const PROTOCOLS = { 'net/protocols': 'protocol size sockets\nSCTP 1 9\n' };
const CONNTRACK = {
  'net/stat/nf_conntrack': 'entries insert_failed drop\n00000002 00000001 00000003\n',
  'sys/net/netfilter/nf_conntrack_count': '2\n',
  'sys/net/netfilter/nf_conntrack_max': '100\n',
};
const SYSCTL = 'sys/net/ipv4';

function failedOf(parts: readonly PartReport[]): readonly string[] {
  return parts.filter(({ ok }) => !ok).map(({ part }) => part);
}

describe('a part that cannot be understood fails alone, and its series are absent', () => {
  test.each([
    ['net/udp', NONSENSE, 'udp', 'capacity{protocol="udp"'],
    ['net/udp6', NONSENSE, 'udp', 'autobind_available{protocol="udp"'],
    ['net/sctp/eps', NONSENSE, 'sctp', 'capacity{protocol="sctp"'],
    ['net/protocols', NONSENSE, 'sctp', 'capacity{protocol="sctp"'],
    [`${SYSCTL}/ip_local_reserved_ports`, NONSENSE, 'settings', 'reserved{'],
    [`${SYSCTL}/tcp_tw_reuse`, NONSENSE, 'settings', 'tcp_tw_reuse{'],
    [`${SYSCTL}/tcp_timestamps`, NONSENSE, 'settings', undefined],
    ['net/sockstat', NONSENSE, 'sockstat', undefined],
    ['net/sockstat6', NONSENSE, 'sockstat', undefined],
    ['net/stat/nf_conntrack', NONSENSE, 'conntrack', 'conntrack_insert_failed_total'],
    ['sys/net/netfilter/nf_conntrack_count', NONSENSE, 'conntrack', 'conntrack_entries'],
  ] as const)('%s', async (path, text, part, series) => {
    const procfs = writeProcfs({ ...SCTP, ...PROTOCOLS, ...CONNTRACK });
    const poller = new Poller(pollOptions(procfs));
    const whole = await seriesOf(poller.poll());
    expect(failedOf(poller.parts)).toEqual([]);
    writeFileSync(join(procfs, path), text);
    const snapshot = poller.poll();
    const parts = await seriesOf(snapshot);
    expect(failedOf(snapshot.parts)).toEqual([part]);
    expect(snapshot.parts.find((each) => each.part === part)?.problem).toContain(`/${path}: `);
    expect(parts.some((line) => line.startsWith('ephemeral_ports_capacity{protocol="tcp"'))).toBe(
      true,
    );
    if (series === undefined) return;
    const isOf = (line: string): boolean => line.startsWith(`ephemeral_ports_${series}`);
    expect(whole.some(isOf)).toBe(true);
    expect(parts.some(isOf)).toBe(false);
  });

  test('an unreadable netstat, though no metric shows it', () => {
    const procfs = writeProcfs();
    const poller = new Poller(pollOptions(procfs));
    mkdirSync(join(procfs, 'net/netstat'));
    expect(failedOf(poller.poll().parts)).toEqual(['netstat']);
    rmSync(join(procfs, 'net/netstat'), { recursive: true });
    expect(failedOf(poller.poll().parts)).toEqual([]);
  });

  test('what is not known is null in the snapshot', () => {
    const procfs = writeProcfs({
      'net/sockstat': NONSENSE,
      [`${SYSCTL}/tcp_tw_reuse`]: NONSENSE,
      [`${SYSCTL}/ip_local_reserved_ports`]: NONSENSE,
    });
    const poller = new Poller(pollOptions(procfs));
    poller.poll();
    const details = poller.details();
    if (details === undefined) throw new Error('no details');
    expect(detailsJson(details)).toMatchObject({
      parts: expect.arrayContaining([
        expect.objectContaining({ part: 'sockstat', success: false }),
        expect.objectContaining({ part: 'udp', success: true, problem: '' }),
      ]) as unknown,
      namespaces: [
        {
          settings: { tcp_tw_reuse: null, reserved_ports: null, tcp_timestamps: true },
          reserved: null,
          sockets: { tcp_in_use: null, time_wait: null, udp_in_use: null },
        },
      ],
    });
  });
});

describe('TCP and the range are required', () => {
  test.each([
    ['net/tcp', 'tcp'],
    [`${SYSCTL}/ip_local_port_range`, 'settings'],
  ])('%s', (path, part) => {
    const poller = new Poller(pollOptions(writeProcfs({ [path]: NONSENSE })));
    expect(() => poller.poll()).toThrow(`/${path}: expected`);
    expect(failedOf(poller.parts)).toEqual([part]);
    expect(poller.parts.map((each) => each.part)).not.toContain('udp');
  });
});

describe('the meter', () => {
  test('sums up over namespaces, and a part that fails in one has failed', () => {
    const meter = new PartMeter();
    const fail = (): number => {
      throw new KernelFileError('udp6', 'is odd');
    };
    meter.optional('udp', () => 1);
    meter.settle();
    expect(meter.optional('udp', fail)).toBeUndefined();
    meter.settle('network namespace 7: ');
    meter.optional('udp', () => 1);
    meter.settle();
    meter.spend('udp', 500);
    const [udp] = meter.reports();
    expect(udp).toMatchObject({ ok: false, problem: 'network namespace 7: udp6: is odd' });
    expect(udp?.durationSeconds).toBeGreaterThanOrEqual(0.5);
    meter.begin();
    expect(meter.reports()).toEqual([]);
  });

  test('forgets what failed in a namespace that is gone, or by a source that was not the last', () => {
    const meter = new PartMeter();
    meter.fail('udp', 'gone');
    meter.discard();
    const throws = (): number => {
      throw new KernelError('netlink', 'denied');
    };
    expect(() => meter.optional('tcp', throws)).toThrow('denied');
    meter.optional('tcp', () => 1);
    meter.spend('udp', 0);
    meter.settle();
    expect(meter.reports().map(({ ok }) => ok)).toEqual([true, true]);
  });
});
