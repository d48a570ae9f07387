import { linkSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { Poller, type PollOptions } from '../../src/sampler/poll.ts';
import { renderTable } from '../../src/cli/once/table.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { seriesOf } from '../support/page.ts';
import { pollOptions } from '../support/pools.ts';
import { rowText, table, writeProcfs } from '../support/procfs.ts';

/** Series of a node with 250 pods, each a network namespace: the contract bounds them. */

const PODS = 250;
const names = new RemoteNames([]);

/** `held` connections to each of `endpoints`, from ports that `connect()` would choose. */
function connections(endpoints: number, held: number): string {
  const rows = Array.from({ length: endpoints * held }, (_, index) =>
    rowText(index, {
      local: '0100000A',
      localPort: 32_768 + 2 * Math.floor(index / endpoints),
      remote: '0200000A',
      remotePort: 5000 + (index % endpoints),
      state: 1,
    }),
  );
  return table(...rows);
}

/** So few ports are worth a series, so that the tables have few rows; and so few are too many. */
const WORTH_A_SERIES = 20;
const TOO_MANY = 36;
const RANGE_SIZE = 28_232;
const SENSITIVE = {
  EphemeralPortsExhaustion: { warning: 25 / RANGE_SIZE, critical: 30 / RANGE_SIZE, for: 0 },
  EphemeralPortsSlowConnect: { info: 50 / RANGE_SIZE, for: 0 },
};

function podUid(pod: number): string {
  return `00000000-0000-4000-8000-${String(pod).padStart(12, '0')}`;
}

/** A host with pods; `tcp` is the content of each one's `net/tcp`. */
function node(tcp: string, sockets: number, pods = PODS): PollOptions {
  const procfs = writeProcfs({ '1/stat': '1 (init) S'.padEnd(60, ' 0') });
  const podLogs = mkdtempSync(join(tmpdir(), 'epe-pod-logs-'));
  for (const pid of ['1', 'self']) {
    mkdirSync(join(procfs, pid, 'net'), { recursive: true });
    linkSync(join(procfs, 'net/tcp'), join(procfs, pid, 'net/tcp'));
  }
  for (let pod = 0; pod < pods; pod += 1) {
    mkdirSync(join(podLogs, `shop_cart-${pod}_${podUid(pod)}`));
    writePod(join(procfs, String(1000 + pod)), pod, tcp, sockets);
  }
  const options = pollOptions(procfs);
  const shortlist = { ...options.shortlist, minRatio: (WORTH_A_SERIES - 1) / RANGE_SIZE };
  return { ...options, namespaces: { ...options.namespaces, podLogs }, shortlist };
}

function writePod(directory: string, pod: number, tcp: string, sockets: number): void {
  const slice = `kubepods-pod${podUid(pod).replaceAll('-', '_')}.slice`;
  const files = {
    stat: `${1000 + pod} (cart) S${' 0'.repeat(40)}\n`,
    cgroup: `0::/kubepods.slice/${slice}/cri-containerd-${String(pod).padStart(64, '0')}.scope\n`,
    'net/tcp': tcp,
    'net/udp': table(),
    'net/sockstat': `TCP: inuse ${sockets} orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\n`,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

/** Polls until alerts have had their time and forecasts their samples; the snapshot then. */
function pollAll(options: PollOptions, polls: number): { snapshot: Snapshot; poller: Poller } {
  const alerts = Object.entries(options.alerts).map(([name, alert]) => [
    name,
    { ...alert, for: 0 },
  ]);
  const poller = new Poller({
    ...options,
    alerts: Object.fromEntries(alerts) as PollOptions['alerts'],
  });
  let snapshot = poller.poll();
  for (let poll = 1; poll < polls; poll += 1) snapshot = poller.poll();
  return { snapshot, poller };
}

test('one reading that fails ends no alert, and no peak', () => {
  const options = node(connections(1, TOO_MANY), TOO_MANY, 1);
  const { alerts, procfs } = options;
  const poller = new Poller({ ...options, alerts: { ...alerts, ...SENSITIVE } });
  const tables = join(procfs, '1000/net/tcp');
  const whole = readFileSync(tables);
  expect(poller.poll().alerts.transitions).toHaveLength(3);
  writeFileSync(tables, 'no table');
  const failed = poller.poll();
  expect(failed).toMatchObject({ counts: { denied: 1 }, alerts: { transitions: [] } });
  expect(failed.alerts.firing.map(({ ageSeconds }) => ageSeconds > 0)).toEqual([true, true, true]);
  expect(failed.problems.refusal).toContain('1000/net/tcp: expected a socket table');
  expect(failed.namespaces).toHaveLength(1);
  writeFileSync(tables, whole);
  const { alerts: after, namespaces } = poller.poll();
  expect(after.firing).toHaveLength(3);
  expect(after.transitions).toEqual([]);
  expect(namespaces[1]?.kinds[0]?.exported[0]?.peakRatio).toBeCloseTo(TOO_MANY / RANGE_SIZE, 8);
});

describe('250 pods', () => {
  test('that are quiet: under 100 series, none of them read', async () => {
    const { snapshot } = pollAll(node(connections(2, 2), 4), 2);
    expect(snapshot.counts.gated).toBe(PODS);
    expect(snapshot.namespaces).toHaveLength(1);
    const series = await seriesOf(snapshot);
    expect(series.length).toBeLessThan(100);
    expect(series).toContain('ephemeral_ports_netns{result="gated"} 250');
  });

  test('with endpoints worth a series in each: the limit is for all together, under 2,500 series', async () => {
    const { snapshot } = pollAll(node(connections(2, WORTH_A_SERIES), 2 * WORTH_A_SERIES), 13);
    expect(snapshot.counts.scanned).toBe(1 + PODS);
    const series = await seriesOf(snapshot);
    expect(count(series, 'endpoint_held')).toBe(50);
    expect(series.length).toBeLessThan(2500);
  });

  test('each at risk, in the worst minute: under 10,000 series, and what is cut is counted', async () => {
    const options = node(connections(1, TOO_MANY), TOO_MANY);
    const { alerts } = options;
    const { snapshot, poller } = pollAll({ ...options, alerts: { ...alerts, ...SENSITIVE } }, 13);
    const series = await seriesOf(snapshot);
    expect(count(series, 'endpoint_held')).toBe(200);
    expect(count(series, 'netns_info')).toBe(201);
    expect(count(series, 'alert')).toBe(3 * 200);
    const forecasts = 2 * 200;
    expect(series.length + forecasts).toBeLessThan(10_000);
    const kinds = snapshot.namespaces.flatMap((namespace) => namespace.kinds);
    const omitted = kinds.reduce((sum, { omittedAtRisk }) => sum + omittedAtRisk, 0);
    expect(omitted).toBe(50);
    expect(sum(series, 'endpoints_omitted_at_risk')).toBe(50);
    const table = renderTable(poller.details() ?? raise(), names);
    expect(table.match(/^Network namespace /gm)).toHaveLength(8);
    expect(table).toContain('\nNetwork namespace host: ');
    expect(table).toContain('\n… and 243 more network namespaces, none of them at higher risk');
  }, 120_000);

  test('every series of a pod names it', async () => {
    const series = await seriesOf(
      pollAll(node(connections(1, WORTH_A_SERIES), WORTH_A_SERIES), 1).snapshot,
    );
    const ofPods = series.filter(
      (line) => line.includes('netns="') && !line.includes('netns="host"'),
    );
    expect(ofPods.length).toBeGreaterThan(1000);
    const named = /pod_namespace="shop",pod_name="cart-\d+"/;
    expect(ofPods.filter((line) => !named.test(line))).toEqual([]);
    expect(count(series, 'netns_info')).toBe(51);
  });
});

function count(series: readonly string[], name: string): number {
  return series.filter((line) => line.startsWith(`ephemeral_ports_${name}{`)).length;
}

function sum(series: readonly string[], name: string): number {
  return series
    .filter((line) => line.startsWith(`ephemeral_ports_${name}{`))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}

function raise(): never {
  throw new Error('no details');
}
