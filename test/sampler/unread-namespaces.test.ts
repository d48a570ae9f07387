import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { logTransitions } from '../../src/daemon/alert-log.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { seriesOf } from '../support/page.ts';
import { pollOptions } from '../support/pools.ts';
import { hexIpv4, rowText, table, writeProcfs } from '../support/procfs.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

/** A namespace of a process beside the host's, in which one endpoint has run out of its 100 ports. */

const HELD = 100;
const rows = Array.from({ length: HELD }, (_, index) =>
  rowText(index, {
    local: hexIpv4('10.0.0.1'),
    localPort: 32_768 + 2 * index,
    remote: hexIpv4('192.0.2.1'),
    remotePort: 443,
    state: 1,
  }),
);
const FULL = table(...rows);
const UDP_HEADER = table();

class Host {
  readonly procfs: string;
  readonly clock = new SteppedClock();
  readonly poller: Poller;

  constructor() {
    const process = (pid: number, tcp: string): Record<string, string> => ({
      [`${pid}/net/tcp`]: tcp,
      [`${pid}/net/udp`]: UDP_HEADER,
      [`${pid}/net/sockstat`]: 'TCP: inuse 200 orphan 0 tw 0\nUDP: inuse 0 mem 0\n',
      [`${pid}/stat`]: `${pid} (app) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0\n`,
      [`${pid}/status`]: 'Name:\tapp\n',
      [`${pid}/cgroup`]: '0::/\n',
    });
    const range = { 'sys/net/ipv4/ip_local_port_range': '32768\t60999\n' };
    this.procfs = writeProcfs({ ...process(1, table()), ...process(2, FULL), ...range });
    rmSync(join(this.procfs, 'net'), { recursive: true });
    symlinkSync('1', join(this.procfs, 'self'));
    symlinkSync('self/net', join(this.procfs, 'net'));
    const options = pollOptions(this.procfs);
    const thresholds = { warning: 0.003, critical: 0.9, for: 0 };
    const alerts = { ...options.alerts, EphemeralPortsExhaustion: thresholds };
    this.poller = new Poller({ ...options, alerts }, { clock: this.clock });
  }

  poll(): Snapshot {
    this.clock.step(5);
    return this.poller.poll();
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.procfs, path), text);
  }
}

const alertOf = (lines: readonly string[]): string | undefined =>
  lines.find((line) => line.startsWith('ephemeral_ports_alert{'));

/** A host whose second namespace fires. */
async function firing(): Promise<{ readonly host: Host; readonly alert: string | undefined }> {
  const host = new Host();
  const alert = alertOf(await seriesOf(host.poll()));
  expect(alert).toMatch(/alert="EphemeralPortsExhaustion".*netns="\d+"/);
  return { host, alert };
}

describe('a namespace that cannot be read', () => {
  test('keeps its firing alert for 30 s, with its labels and no other series; then the alert ends', async () => {
    const { host, alert } = await firing();
    host.write('2/net/tcp', 'nonsense\n');
    for (let polls = 1; polls <= 6; polls += 1) {
      const snapshot = host.poll();
      const lines = await seriesOf(snapshot);
      expect(snapshot.counts).toMatchObject({ scanned: 1, denied: 1 });
      expect(alertOf(lines)).toBe(alert);
      expect(lines.filter((line) => /netns="\d/.test(line))).toEqual([alert]);
      expect(snapshot.alerts.transitions).toEqual([]);
      expect(snapshot.alerts.firing[0]).toMatchObject({ ageSeconds: 5 * polls });
    }
    const snapshot = host.poll();
    expect(alertOf(await seriesOf(snapshot))).toBeUndefined();
    expect(snapshot.alerts.transitions).toMatchObject([
      { change: 'ended', reason: 'unreadable', lastedSeconds: 35, pool: { held: HELD } },
    ]);
    host.write('2/net/tcp', FULL);
    expect(alertOf(await seriesOf(host.poll()))).toBe(alert);
  });

  test('goes on firing when it can be read again, and no alert began or ended meanwhile', async () => {
    const { host, alert } = await firing();
    host.write('2/net/tcp', 'nonsense\n');
    expect(host.poll().alerts.transitions).toEqual([]);
    host.write('2/net/tcp', FULL);
    const snapshot = host.poll();
    expect(alertOf(await seriesOf(snapshot))).toBe(alert);
    expect(snapshot.alerts.transitions).toEqual([]);
    expect(snapshot.alerts.firing[0]?.ageSeconds).toBe(0);
  });
});

test('a part that cannot be read keeps its alerts too, and the namespace its other series', async () => {
  const { host, alert } = await firing();
  host.write('2/net/udp', 'nonsense\n');
  const lines = await seriesOf(host.poll());
  expect(alertOf(lines)).toBe(alert);
  expect(lines.some((line) => line.startsWith('ephemeral_ports_endpoint_held{'))).toBe(true);
  const [udp] = host.poller.parts.filter(({ ok }) => !ok);
  expect(udp).toMatchObject({ part: 'udp' });
  expect(udp?.problem).toMatch(/^network namespace \d+: .*\/2\/net\/udp: /);
});

test('a namespace that is gone while it fires ends its alert, with the last numbers, in snapshot and log', async () => {
  const { host } = await firing();
  host.poll();
  rmSync(join(host.procfs, '2'), { recursive: true });
  const snapshot = host.poll();
  expect(alertOf(await seriesOf(snapshot))).toBeUndefined();
  expect(host.poller.parts.every(({ ok }) => ok)).toBe(true);
  const { transitions } = snapshot.alerts;
  expect(transitions).toMatchObject([
    {
      alert: 'EphemeralPortsExhaustion',
      severity: 'warning',
      change: 'ended',
      reason: 'namespace_gone',
      lastedSeconds: 10,
      pool: { held: HELD, remotePort: 443 },
    },
  ]);
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  logTransitions(snapshot, new RemoteNames([]), log);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({
    change: 'ended',
    reason: 'namespace_gone',
    held: HELD,
    msg: expect.stringMatching(
      /^ended after 10 s: warning .*: its network namespace is gone, last seen with 28132 of 28232 ports left$/,
    ) as unknown,
  });
  expect(host.poll().alerts.transitions).toEqual([]);
});
