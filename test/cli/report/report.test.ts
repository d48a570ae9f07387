import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { redacted } from '../../../src/answers/report/redact.ts';
import { reportJson } from '../../../src/answers/report/report-json.ts';
import { reportText } from '../../../src/answers/report/report-text.ts';
import type { Report } from '../../../src/answers/report/report.ts';
import { Poller } from '../../../src/sampler/poll.ts';
import type { OwnedPool } from '../../../src/snapshot/snapshot.ts';
import { MAIN, ONLY_HERE, run } from '../../support/exporter.ts';
import { Host } from '../../support/host.ts';
import { pollOptions } from '../../support/pools.ts';
import { HIGH, inNetwork, LOW } from '../../support/scenario.ts';

/** No address, no pod of the fixture, and nothing that a fixed text has. */
const SECRET = [
  '10.1.2.3',
  'fd00::7',
  'Kafka',
  'Cart',
  'Shop',
  'Hidden',
  'Sidecar',
  'Abc123',
  '4711',
];

/** What a poll of the saved procfs finds, with names from hell in every place that can have one. */
function hostileReport(): Report {
  const options = pollOptions('test/fixtures/mixed');
  const poller = new Poller({ ...options, once: true });
  poller.poll();
  const details = poller.details();
  if (details === undefined) throw new Error('a poll without details');
  const identity = {
    netns: '4026531999',
    nsInode: '4026531998',
    podNamespace: 'Shop```',
    podName: 'Cart-0\n# heading',
    name: 'Hidden|name',
    containerId: 'Abc123'.repeat(10),
  };
  const group = {
    kind: 'unit',
    name: 'Kafka@`x`.service',
    podUid: '',
    containerId: 'Abc123',
  } as const;
  const share = { ports: 3, remembered: 0, uid: 4711, group, pids: [7] };
  const owners = {
    ageSeconds: 0,
    ports: 9,
    largest: [
      { ...share, kind: 'process', name: 'Side\u001b[31mcar (Kafka@`x`.service)' },
      { ...share, kind: 'pod', name: 'Shop```/Cart-0\n# heading', group: undefined },
      { ...share, kind: 'user', name: '4711', group: undefined },
    ],
  } as const;
  const own = <Pool extends OwnedPool>(pool: Pool): Pool => ({ ...pool, owners });
  return {
    facts: {
      build: { version: '1.2.3', revision: '' },
      hostName: 'Hidden-host',
      kernel: '6.18 x86_64',
      nodeVersion: 'v20',
      timeWaitSysctls: undefined,
      sysctlProblem: 'x: /home/Hidden/proc: not found',
    },
    details: {
      ...details,
      conntrack: {
        entries: 7,
        limit: 65_536,
        insertFailed: 3,
        dropped: 1,
        refusedLately: undefined,
      },
      problems: { ...details.problems, names: '/var/log/pods/Shop_Cart-0: permission denied' },
      ownersSight: { ...details.ownersSight, problem: '10.1.2.3 and Kafka@`x`.service' },
      parts: [{ part: 'udp', ok: false, problem: 'Hidden|name: 10.1.2.3', durationSeconds: 0 }],
      alerts: {
        ...details.alerts,
        firing: details.alerts.firing.map((alert) => ({
          ...alert,
          identity,
          pool: own(alert.pool),
        })),
      },
      namespaces: details.namespaces.map((namespace) => ({
        ...namespace,
        identity,
        fullest: new Map(
          Array.from(namespace.fullest, ([kind, pools]) => [kind, pools.map(own)] as const),
        ),
        kinds: namespace.kinds.map((kind) => ({ ...kind, exported: kind.exported.map(own) })),
      })),
      gated: [{ id: 9, identity, lastRead: undefined }],
    },
    isWhole: true,
    remoteNameOf: () => 'Hidden database',
  };
}

describe('report', () => {
  test('says what is known, in lines of 60 columns within one fence', () => {
    const text = reportText(hostileReport());
    const lines = text.split('\n');
    expect(lines[0]).toBe('```text');
    expect(lines.at(-1)).toBe('```');
    expect(text.match(/```/g)).toHaveLength(2);
    expect(lines.filter((line) => line.length > 60 && /\S\s+\S/.test(line.trimStart()))).toEqual(
      [],
    );
    for (const wanted of [
      'ip_local_port_range 40000 40099 (100 ports)',
      'tcp_tw_reuse 2, tcp_tw_reuse_delay 1000 ms',
      'conntrack 7 of 65536 entries, insert_failed 3, dropped 1 packets',
      '- 10.1.2.3 → 10.1.2.3:5432 (Hidden database)',
      '64.5% used: 33 of 93 left, 60 held',
      'EphemeralPortsSlowConnect',
    ]) {
      expect(text.replace(/\n\s+/g, ' ')).toContain(wanted);
    }
    expect(text).not.toMatch(/[^\n\P{Cc}]/u);
  });

  test('lists a pool once, with the worst that fires for it', () => {
    const report = hostileReport();
    const { alerts } = report.details;
    const [slow] = alerts.firing;
    if (slow === undefined) throw new Error('nothing fires');
    const alert = 'EphemeralPortsExhaustion' as const;
    const full = (['warning', 'critical'] as const).map((severity) => ({
      ...slow,
      alert,
      severity,
    }));
    const details = { ...report.details, alerts: { ...alerts, firing: [slow, ...full] } };
    const text = reportText({ ...report, details }).replace(/\n\s+/g, ' ');
    expect(text.match(/^- (?:info|warning|critical) \S+:/gm)).toEqual([`- critical ${alert}:`]);
    expect(reportText(redacted({ ...report, details }))).not.toMatch(/user\s+user-/);
  });

  test.each(['text', 'json'] as const)(
    '--redact leaves nothing of what it replaces (%s)',
    (form) => {
      const render = form === 'text' ? reportText : reportJson;
      const report = hostileReport();
      const before = render(report);
      for (const secret of SECRET) {
        if (form === 'text' && ['Abc123', '4711'].includes(secret)) continue;
        if (secret === 'Sidecar') continue;
        if (form === 'json' && secret === 'Hidden database') continue;
        expect(before, secret).toContain(secret);
      }
      const after = render(redacted(report));
      for (const secret of [...SECRET, 'Side', '# heading', 'Hidden database']) {
        expect(after, secret).not.toContain(secret);
      }
      expect(after).toContain('ipv4-1');
      expect(after).toContain('pod-namespace-1/pod-1');
      if (form === 'json') expect(JSON.parse(after)).toMatchObject({ schema: 1, host: 'host-1' });
    },
  );

  test('the same address is the same everywhere in a redacted report', () => {
    const report = redacted(hostileReport());
    const [namespace] = report.details.namespaces;
    const [pool] = namespace?.fullest.get('connect') ?? [];
    expect(pool?.localAddress).toBe(pool?.remoteAddress);
    expect(reportText(report)).toContain(`${pool?.localAddress} → ${pool?.remoteAddress}:5432`);
  });

  test('of chosen namespaces is not unknown for what others hide', () => {
    const report = hostileReport();
    const { counts, parts, ...rest } = report.details;
    const details = { ...rest, counts: { ...counts, denied: 1 }, parts: [] };
    expect(parts).not.toEqual([]);
    const levelOf = (isWhole: boolean): unknown =>
      (JSON.parse(reportJson({ ...report, details, isWhole })) as { verdict: { level: string } })
        .verdict.level;
    expect([levelOf(true), levelOf(false)]).toEqual(['unknown', 'ok']);
  });

  test('of this namespace: settings as the kernel has them, sockets, and exit status 0', () =>
    inNetwork((network) => {
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `8080,${LOW + 1}`, 'ipv4.tcp_tw_reuse': 1 });
      network.listen('127.0.0.1', 80);
      network.listen('127.0.0.1', LOW + 10);
      for (let opened = 0; opened < 80; opened += 1) network.connect({ to: '127.0.0.1', port: 80 });
      const { status, stdout, stderr } = run('report', ONLY_HERE);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain(`ip_local_port_range ${LOW} ${HIGH} (100 ports)`);
      expect(stdout).toContain(`ip_local_reserved_ports 8080,${LOW + 1} (1 in the range)`);
      expect(stdout).toContain('tcp_tw_reuse 1');
      expect(stdout).toMatch(/^WARNING$/m);
      expect(stdout).toMatch(/18 of 98 left, 80 held/);
      expect(stdout).toContain('hazards: 1 listeners in the range');
      expect(stdout).toContain(hostname());
      const json = JSON.parse(run('report', ONLY_HERE, '--json').stdout) as Record<string, unknown>;
      expect(json).toMatchObject({
        schema: 1,
        verdict: { level: 'warning' },
        snapshot: { schema: 1 },
      });
    }));

  test('of a host has its FIN timeout and limit of TIME_WAITs', () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_fin_timeout': 17, 'ipv4.tcp_max_tw_buckets': 4321 });
      expect(run('report', ONLY_HERE).stdout).not.toContain('tcp_fin_timeout 17');
      const host = await Host.start();
      try {
        const [program = '', ...args] = host.within(process.execPath, MAIN, 'report', '--redact');
        const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
        expect(stdout).toContain('tcp_fin_timeout 17 s, tcp_max_tw_buckets 4321');
        expect(stdout).not.toContain(hostname());
      } finally {
        await host.stop();
      }
    }));

  test.each([
    [['--path.procfs=/nowhere'], 1, /poll failed: .*\/nowhere/],
    [['--netns=nowhere'], 2, /--netns=nowhere: no such network namespace/],
    [['--jsn'], 2, /unknown flag "--jsn"; did you mean "--json"\?/],
  ])('%j: an error on standard error', (args, status, message) =>
    inNetwork(() => {
      const outcome = run('report', ONLY_HERE, ...args);
      expect(outcome).toMatchObject({ status, stdout: '' });
      expect(outcome.stderr).toMatch(message);
    }),
  );
});
