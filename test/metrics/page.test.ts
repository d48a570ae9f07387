import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Gauge, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { MetricsPage } from '../../src/metrics/page.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { SnapshotGauge } from '../../src/metrics/snapshot-metric.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { pollOptions } from '../support/pools.ts';
import { STATUS } from '../support/status.ts';

const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;
const GOLDEN = new URL('../golden/mixed.prom', import.meta.url).pathname;

const names = new RemoteNames([
  { cidr: '10.0.0.0/8', port: 5432, name: 'orders-db' },
  { cidr: '10.0.0.0/8', name: 'somebody' },
]);

function poll(): Snapshot {
  return new Poller({
    ...pollOptions(FIXTURE),
    owners: { find: 'auto', cgroupfs: '/nowhere' },
  }).poll();
}

function pageOf(snapshot: () => Snapshot | undefined): MetricsPage {
  return new MetricsPage({
    names: () => names,
    snapshot,
    latestPoll: snapshot,
    status: () => STATUS,
  });
}

/** Without what differs from machine to machine. */
function stable(text: string): string {
  const families = text.split(/^(?=# HELP )/m);
  const own = families.filter((family) => family.startsWith('# HELP ephemeral_ports_'));
  return own.join('').replaceAll(process.versions.node, 'NODE');
}

describe('the page', () => {
  test('of a table captured from a real kernel is the golden one (UPDATE_GOLDEN=1 writes it)', async () => {
    const snapshot = poll();
    const text = stable((await pageOf(() => snapshot).current()).text.toString());
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  test('is rendered once per snapshot, however many ask', async () => {
    let snapshot = poll();
    const page = pageOf(() => snapshot);
    const pages = await Promise.all(Array.from({ length: 100 }, () => page.current()));
    expect(new Set(pages).size).toBe(1);
    snapshot = poll();
    expect(await page.current()).not.toBe(pages[0]);
  });

  test('is the last one while the next is being rendered, and then the next', async () => {
    let snapshot = poll();
    const page = pageOf(() => snapshot);
    const before = await page.current();
    snapshot = poll();
    const refreshed = page.refresh();
    expect(await page.current()).toBe(before);
    await refreshed;
    const after = await page.current();
    expect(after).not.toBe(before);
    await page.refresh();
    expect(await page.current()).toBe(after);
  });

  test('is rendered ahead of scrapes only while there are any', async () => {
    let nowMs = 0;
    let renderings = 0;
    let snapshot = poll();
    const page = new MetricsPage({
      clock: { monotonicMs: () => nowMs, unixSeconds: () => 0 },
      names: () => names,
      snapshot: () => snapshot,
      latestPoll: () => snapshot,
      status: () => {
        renderings += 1;
        return STATUS;
      },
    });
    const rendersAfterPoll = async (): Promise<boolean> => {
      const before = renderings;
      snapshot = poll();
      await page.refresh();
      return renderings > before;
    };
    expect(await rendersAfterPoll()).toBe(false);
    await page.current();
    nowMs += 299_000;
    expect(await rendersAfterPoll()).toBe(true);
    nowMs += 2000;
    expect(await rendersAfterPoll()).toBe(false);
    await page.current();
    expect(await rendersAfterPoll()).toBe(true);
  });

  test('gzipped is the same text', async () => {
    const snapshot = poll();
    const { text, gzip } = await pageOf(() => snapshot).current();
    expect(gunzipSync(gzip)).toEqual(text);
  });

  test('without a snapshot has self metrics only', async () => {
    const text = (await pageOf(() => undefined).current()).text.toString();
    const samples = text.split('\n').filter((line) => line.startsWith('ephemeral_ports_'));
    expect(
      samples.every((line) =>
        /_(build_info|feature_enabled|part|poll|polls|parse|config)/.test(line),
      ),
    ).toBe(true);
    expect(samples.length).toBeGreaterThan(8);
  });

  test('a quiet node has fewer than 100 series', async () => {
    const snapshot = poll();
    const quiet = {
      ...snapshot,
      namespaces: snapshot.namespaces.map((each) => ({
        ...each,
        kinds: each.kinds.map((kind) => ({ ...kind, exported: [] })),
      })),
    };
    const text = (await pageOf(() => quiet).current()).text.toString();
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(series.length).toBeLessThan(100);
  });
});

test('a SnapshotGauge writes what a plain gauge writes', async () => {
  const [ours, plain] = [new Registry(), new Registry()];
  const options = { name: 'g', help: 'h "quoted" \\ and\nmore' };
  const shared = { a: 'x"\\\n', b: '' };
  const samples = [
    { value: 1, labels: { c: '1' }, shared },
    { value: Number.POSITIVE_INFINITY, labels: { c: 'é' }, shared },
    { value: 0.1, labels: { c: '3' }, shared },
  ];
  new SnapshotGauge({ ...options, registers: [ours] }, () => samples);
  const gauge = new Gauge({ ...options, labelNames: ['a', 'b', 'c'], registers: [plain] });
  for (const { value, labels } of samples) gauge.set({ c: labels.c, ...shared }, value);
  expect(await ours.metrics()).toBe(await plain.metrics());
});

test.each([1, 2, 3, 99])('a family written %i samples at a time is the same text', async (most) => {
  const [whole, parts] = [new Registry(), new Registry()];
  const options = { name: 'g', help: 'h' };
  const samples = Array.from({ length: 7 }, (_, n) => ({ value: n, labels: { n: String(n) } }));
  new SnapshotGauge({ ...options, registers: [whole] }, () => samples);
  const gauge = new SnapshotGauge({ ...options, registers: [parts] }, () => samples, most);
  const lines: string[] = [];
  do {
    const [help = '', type = '', ...rest] = (await parts.getSingleMetricAsString('g')).split('\n');
    if (lines.length === 0) lines.push(help, type);
    lines.push(...rest);
  } while (gauge.isUnfinished);
  expect(lines.join('\n')).toBe(await whole.getSingleMetricAsString('g'));
});

test('a page with many endpoints has each of their samples once', async () => {
  const snapshot = poll();
  const [namespace] = snapshot.namespaces;
  const [connect] = namespace?.kinds ?? [];
  const [pool] = connect?.exported ?? [];
  if (namespace === undefined || connect === undefined || pool === undefined) throw new Error();
  const exported = Array.from({ length: 450 }, (_, port) => ({ ...pool, remotePort: port + 1 }));
  const kinds = [{ ...connect, exported }, ...namespace.kinds.slice(1)];
  const full = { ...snapshot, namespaces: [{ ...namespace, kinds }] };
  const text = (await pageOf(() => full).current()).text.toString();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('ephemeral_ports_endpoint_sockets{'));
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.filter((line) => line.includes('pool="connect"'))).toHaveLength(5 * 450);
  expect(text.match(/^# TYPE ephemeral_ports_endpoint_sockets /gm)).toHaveLength(1);
});

describe('remote names', () => {
  test.each([
    ['10.9.9.9', 5432, 'orders-db'],
    ['10.9.9.9', 80, 'somebody'],
    ['11.0.0.1', 5432, ''],
    ['fd00::1', 5432, ''],
    ['', 0, ''],
  ])('%s %i is "%s"', (address, port, name) => {
    expect(names.nameOf(address, port)).toBe(name);
  });
});
