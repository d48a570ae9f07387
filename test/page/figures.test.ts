import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import type { Exposition, LabelFilter } from '../../deploy/demo/lab/exposition.ts';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { countText, ratioText } from '../../src/http/page/model/format.ts';
import { missingBrowser, visit, withBrowser } from '../support/browser.ts';
import { Daemon } from '../support/daemon.ts';
import { EXPORT_ALL } from '../support/exporter.ts';
import { inNetwork } from '../support/scenario.ts';

const skipped = missingBrowser();

/** What stands in each cell of a table, by the column's key. */
type Cells = Readonly<Record<string, string>>;

const LOOPBACK = '127.0.0.1';

/** Ports of every kind: held, closed, blocked, reserved, of two protocols. */
function hold(network: Network): void {
  network.sysctl({ 'ipv4.ip_local_reserved_ports': '40050-40052' });
  const listener = network.listen(LOOPBACK, 80);
  for (let held = 0; held < 20; held += 1) network.connect({ to: LOOPBACK, port: 80 });
  for (const { client, server } of network.connections(7, { to: LOOPBACK, port: 80 }, listener)) {
    network.close(client);
    network.close(server);
  }
  network.listen(LOOPBACK, 40_011);
  network.listen('::1', 443);
  for (let held = 0; held < 5; held += 1) network.connect({ to: '::1', port: 443 });
  for (let held = 0; held < 9; held += 1) network.connectUdp(LOOPBACK, 53);
}

async function rowsOf(page: Page): Promise<readonly Cells[]> {
  const script = `Array.from(document.querySelectorAll('table.rows tbody tr'), (row) =>
    Object.fromEntries(Array.from(row.children, (cell) =>
      [/column-(\\w+)/.exec(cell.className)?.[1] ?? '', cell.textContent.trim()])))`;
  return page.evaluate<readonly Cells[]>(script);
}

/** The figures of an endpoint or a shared pool, as the columns show what /metrics says. */
function poolCells(metrics: Exposition, labels: LabelFilter): Cells {
  const value = (name: string): number => metrics.value(`endpoint_${name}`, labels);
  const timeWaits = metrics.find('endpoint_sockets', { ...labels, state: 'time_wait' });
  return {
    used: ratioText(value('usage_ratio')),
    left: countText(value('available')),
    held: countText(value('held')),
    // UDP has no states.
    ...(timeWaits !== undefined && { time_wait: countText(timeWaits) }),
  };
}

function namespaceCells(metrics: Exposition): Cells {
  const tcp = { protocol: 'tcp' };
  const one = (name: string, labels: LabelFilter = tcp): number => metrics.value(name, labels);
  const sum = (...names: readonly string[]): number =>
    names.flatMap((name) => valuesOf(metrics, name)).reduce((all, value) => all + value, 0);
  return {
    range: `${one('range_low', {})}–${one('range_high', {})}`,
    capacity: countText(one('capacity')),
    reserved: countText(one('reserved', {})),
    blocked: countText(one('blocked')),
    endpoints: countText(one('endpoints')),
    held: countText(sum('endpoint_held', 'omitted_held')),
    used: ratioText(Math.max(...valuesOf(metrics, 'worst_usage_ratio', {}))),
  };
}

/** Of all series of a family with these labels; without others, those of TCP connections. */
function valuesOf(
  { samples }: Exposition,
  name: string,
  labels: LabelFilter = { protocol: 'tcp' },
): readonly number[] {
  return samples
    .filter((each) => each.name === `ephemeral_ports_${name}`)
    .filter((each) => (each.labels['pool'] ?? 'connect') === 'connect')
    .filter((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value))
    .map(({ value }) => value);
}

/** The same cells of a row; a row that is not there has none. */
function shownOf(rows: readonly Cells[], name: string, expected: Cells): Cells {
  const row = rows.find((each) => Object.values(each).some((text) => text.includes(name))) ?? {};
  return Object.fromEntries(Object.keys(expected).map((key) => [key, lastWord(row[key] ?? '')]));
}

/** A bar in the cell has words of its own before the figure. */
function lastWord(text: string): string {
  return text.split(/\s/).at(-1) ?? '';
}

const ENDPOINT = { pool: 'connect', protocol: 'tcp' };

const TABLES = [
  {
    view: 'endpoints',
    name: `${LOOPBACK}:80`,
    cells: (metrics: Exposition) =>
      poolCells(metrics, { ...ENDPOINT, remote_address: LOOPBACK, remote_port: '80' }),
  },
  {
    view: 'endpoints',
    name: '[::1]:443',
    cells: (metrics: Exposition) =>
      poolCells(metrics, { ...ENDPOINT, remote_address: '::1', remote_port: '443' }),
  },
  {
    view: 'shared',
    name: 'UDP 0.0.0.0',
    cells: (metrics: Exposition) => poolCells(metrics, { pool: 'udp', local_address: '0.0.0.0' }),
  },
  { view: 'namespaces', name: '40000', cells: namespaceCells },
] as const;

describe.skipIf(skipped !== undefined)(`the tables${skipped ? ` (${skipped})` : ''}`, () => {
  test('show the figures of /metrics, each of them', () =>
    inNetwork((network) =>
      withBrowser(async (browser) => {
        hold(network);
        const daemon = await Daemon.start(`--config.file=${EXPORT_ALL}`, '--poll.source=netlink');
        await daemon.nextPoll();
        for (const { view, name, cells } of TABLES) {
          const { page, complaints } = await visit(browser, { path: `/#/${view}` });
          // Page and /metrics are asked one after the other: a poll may come between.
          await vi.waitFor(
            async () => {
              const expected = cells(await daemon.metrics());
              expect(shownOf(await rowsOf(page), name, expected)).toEqual(expected);
            },
            { timeout: 10_000, interval: 200 },
          );
          expect(complaints).toEqual([]);
          await page.close();
        }
      }),
    ));
});
