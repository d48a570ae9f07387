import { describe, expect, test } from 'vitest';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { missingBrowser, ORIGIN, violations, visit, withBrowser } from '../support/browser.ts';
import { Daemon } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { inNetwork } from '../support/scenario.ts';

const skipped = missingBrowser();

/** Alerts fire at once, and nothing else can run out by the way. */
const AT_ONCE = temporaryFile(
  'at-once.yaml',
  `endpoints: { min_ratio: 0, names: [{ cidr: 127.0.0.1/32, port: 80, name: shop-db }] }
namespaces: { discover: off }
alerts:
  EphemeralPortsExhaustion: { warning: 0.7, critical: 0.9, for: 0s }
  EphemeralPortsSlowConnect: { info: 0.95, for: 0s }
`,
);

const SHOP = { to: '127.0.0.1', port: 80 };

/** Endpoints that hold so many ports. */
function hold(network: Network, ...counts: readonly (readonly [port: number, count: number])[]) {
  for (const [port, count] of counts) {
    network.listen('127.0.0.1', port);
    for (let held = 0; held < count; held += 1) network.connect({ to: '127.0.0.1', port });
  }
}

function start(...args: readonly string[]): Promise<Daemon> {
  return Daemon.start(`--config.file=${AT_ONCE}`, ...args);
}

describe.skipIf(skipped !== undefined)(`the live page${skipped ? ` (${skipped})` : ''}`, () => {
  test('says that all is well, then what has run out, with the figures of /metrics', () =>
    inNetwork((network) =>
      withBrowser(async (browser) => {
        const listener = network.listen('127.0.0.1', 80);
        const daemon = await start();
        await daemon.nextPoll();
        const { page, complaints } = await visit(browser);
        const health = page.locator('.health');
        expect(await health.textContent()).toContain('● Healthy: ');
        expect(await page.locator('.none').textContent()).toBe('Nothing is at risk.');

        for (let held = 0; held < 100; held += 1) network.connect(SHOP);
        const card = page.locator('article.risk', { hasText: 'shop-db' }).first();
        await card.waitFor();
        expect(await health.textContent()).toContain('■ In trouble: ');
        expect(await card.locator('h3').textContent()).toContain('127.0.0.1:80 (shop-db)');
        const metrics = await daemon.nextPoll();
        const shown = await figures(card);
        const labels = { remote_address: '127.0.0.1', remote_port: '80', pool: 'connect' };
        expect(shown['Left']).toBe(String(metrics.value('endpoint_available', labels)));
        expect(shown['Held']).toBe(String(metrics.value('endpoint_held', labels)));
        expect(shown['Left']).toBe('0');
        expect(shown['Used']).toBe('100.0%');

        // The listener goes, and the kernel resets what it never accepted: the ports are free at once.
        network.close(listener);
        await expect
          .poll(async () => (await figures(card))['Left'], { timeout: 15_000 })
          .toBe('100');
        expect(complaints).toEqual([]);
      }),
    ));

  test('filter, order, detail and view stand in the URL, and a link shows the same', () =>
    inNetwork((network) =>
      withBrowser(async (browser) => {
        hold(network, [80, 40], [81, 20], [82, 3]);
        const daemon = await start();
        await daemon.nextPoll();
        const { page, complaints } = await visit(browser, { path: '/#/endpoints' });
        const names = page.locator('tbody .column-name');
        const ours = async (): Promise<readonly string[]> =>
          (await names.allTextContents()).filter((name) => !name.endsWith(':9065'));
        expect(await ours()).toEqual([
          '127.0.0.1 → 127.0.0.1:80 (shop-db)',
          '127.0.0.1 → 127.0.0.1:81',
          '127.0.0.1 → 127.0.0.1:82',
        ]);
        await page.getByRole('searchbox').fill('held<30 dst::8');
        expect(await ours()).toEqual(['127.0.0.1 → 127.0.0.1:81', '127.0.0.1 → 127.0.0.1:82']);
        await page.getByRole('button', { name: 'Left', exact: true }).click();
        expect(page.url()).toContain('#/endpoints?filter=held%3C30+dst%3A%3A8&sort=left');
        expect(await page.locator('h2').textContent()).toContain('fewest left first, 2 of');

        const second = await visit(browser, { path: page.url().slice(ORIGIN.length) });
        expect(await second.page.getByRole('searchbox').inputValue()).toBe('held<30 dst::8');
        await second.page.getByRole('searchbox').fill('wrong:');
        await second.page.getByRole('searchbox').fill('wrong:x');
        expect(await second.page.locator('#filter-problem').textContent()).toMatch(
          /^Not applied: unknown key "wrong"; known are dst/,
        );

        await page.getByRole('link', { name: '127.0.0.1:81' }).click();
        await page.locator('h2', { hasText: /^127.0.0.1 → 127.0.0.1:81$/ }).waitFor();
        expect((await figures(page.locator('.detail')))['Held']).toBe('20');
        const left = page.locator('.calculation .sum').last();
        expect(await left.textContent()).toContain('=80left');
        expect(await page.locator('.calculation').textContent()).toContain('ss -');
        await page.locator('.chart').waitFor();
        // Calculation and chart are there only where a daemon answers.
        expect(await violations(page)).toEqual([]);
        await page.goBack();
        await expect.poll(ours).toHaveLength(2);
        expect([...complaints, ...second.complaints]).toEqual([]);
      }),
    ));

  test('a line is copied with a button, and all of it is reached by the keyboard', () =>
    inNetwork((network) =>
      withBrowser(async (browser) => {
        hold(network, [80, 95]);
        const daemon = await start();
        await daemon.nextPoll();
        const { page } = await visit(browser, {
          permissions: ['clipboard-read', 'clipboard-write'],
        });
        const card = page.locator('article.risk', { hasText: 'shop-db' }).first();
        const widen = card.locator('.line', { hasText: 'ip_local_port_range' }).first();
        await widen.getByRole('button').click();
        await widen.getByText('Copied').first().waitFor();
        const clipboard = (): Promise<unknown> => page.evaluate('navigator.clipboard.readText()');
        expect(await clipboard()).toMatch(/^sysctl -w net\.ipv4\.ip_local_port_range=/);
        await card.getByRole('button', { name: 'Copy the line that proves' }).click();
        await expect.poll(clipboard).toMatch(/^ss -\w+ /);

        const { page: other } = await visit(browser);
        await other.keyboard.press('Tab');
        expect(await focused(other)).toBe('Skip to the content');
        const seen: string[] = [];
        for (let presses = 0; presses < 14; presses += 1) {
          await other.keyboard.press('Tab');
          seen.push(await focused(other));
        }
        expect(seen.slice(0, 5).map((text) => text.replace(/ \d+$/, ''))).toEqual([
          'At risk',
          'All endpoints',
          'Namespaces',
          'Ports',
          'UDP and bind',
        ]);
        expect(seen).toContain('127.0.0.1 → 127.0.0.1:80 (shop-db)');
        expect(seen).toContain('Copy');
      }),
    ));

  test('says since when it is old when the exporter does not answer, and goes on when it does', () =>
    inNetwork((network) =>
      withBrowser(async (browser) => {
        hold(network, [80, 40]);
        const daemon = await start();
        await daemon.nextPoll();
        const { page } = await visit(browser, { path: '/#/endpoints' });
        await page.getByRole('link', { name: '127.0.0.1:80' }).click();
        expect(await page.locator('.stale').count()).toBe(0);
        await daemon.stop();
        await page.locator('.stale').waitFor();
        expect(await page.locator('.stale').textContent()).toMatch(
          /^The exporter does not answer, since \d\d:\d\d:\d\d\. What is shown is from \d\d:\d\d:\d\d\./,
        );
        expect((await figures(page.locator('.detail')))['Held']).toBe('40');
        await start();
        await page.locator('.stale').waitFor({ state: 'detached', timeout: 30_000 });
        expect((await figures(page.locator('.detail')))['Held']).toBe('40');
      }),
    ));

  test('without scripts it is plain tables, which are asked for again after each interval', () =>
    inNetwork((network) =>
      withBrowser(async (browser) => {
        hold(network, [80, 95]);
        const daemon = await start();
        await daemon.nextPoll();
        const { page, complaints } = await visit(browser, { javaScriptEnabled: false });
        expect(await page.locator('.health').textContent()).toContain('In trouble');
        expect(await page.locator('#endpoints').textContent()).toContain('127.0.0.1:80 (shop-db)');
        expect(await page.locator('#risk article').first().textContent()).toContain('sysctl -w');
        hold(network, [81, 17]);
        await page.locator('#endpoints', { hasText: '127.0.0.1:81' }).waitFor();
        expect(complaints).toEqual([]);
      }),
    ));
});

interface Placed {
  locator(selector: string): { allTextContents(): Promise<string[]> };
}

async function figures(card: Placed): Promise<Readonly<Record<string, string>>> {
  const names = await card.locator('.figures dt').allTextContents();
  const values = await card.locator('.figures dd').allTextContents();
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

function focused(page: { evaluate(script: string): Promise<unknown> }): Promise<string> {
  return page.evaluate('document.activeElement.textContent.trim()') as Promise<string>;
}
