import { expect, test } from 'vitest';
import { missingBrowser, visit, withBrowser } from '../support/browser.ts';
import { Daemon } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { inNetwork } from '../support/scenario.ts';

const skipped = missingBrowser();

/** An alert that has fired stays for two minutes at least. */
const LONGEST_MS = 200_000;

test.skipIf(skipped !== undefined)(
  `the first line is true before, during and after an exhaustion${skipped ? ` (${skipped})` : ''}`,
  { timeout: LONGEST_MS + 30_000 },
  () =>
    inNetwork((network) =>
      withBrowser(async (browser) => {
        const config = temporaryFile('here.yaml', 'namespaces: { discover: off }\n');
        const listener = network.listen('127.0.0.1', 80);
        const daemon = await Daemon.start(`--config.file=${config}`);
        await daemon.nextPoll();
        const { page, complaints } = await visit(browser);
        const health = page.locator('.health');
        expect(await health.textContent()).toContain('● Healthy: ');

        for (let held = 0; held < 100; held += 1) {
          network.connect({ to: '127.0.0.1', port: 80 });
        }
        await page.locator('.health', { hasText: '■ In trouble: ' }).waitFor();
        const card = page.locator('article.risk', { hasText: '127.0.0.1:80' }).first();
        expect(await card.textContent()).toContain('Critical');

        network.close(listener);
        await page.locator('.health', { hasText: '● Healthy: ' }).waitFor({ timeout: LONGEST_MS });
        expect(await page.locator('article.risk').count()).toBe(0);
        expect(complaints).toEqual([]);
      }),
    ),
);
