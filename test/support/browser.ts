import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Overview } from '../../src/answers/overview/overview.ts';
import { debianProgram, missingProgram } from './debian-program.ts';

/** Debian's Chromium without a screen, which is fetched like the other programs of Debian. */
const CHROMIUM = [
  'chromium-headless-shell',
  'chromium-headless-shell',
  'usr/lib/chromium',
] as const;

/** Reason to skip a test that needs a browser; undefined where there is one. Throws under CI. */
export function missingBrowser(): string | undefined {
  return missingProgram(...CHROMIUM);
}

/** A page of the exporter, and what it did that it must not do. */
export interface Visit {
  readonly page: Page;
  /** What the console says of errors, and requests to anybody but the exporter. */
  readonly complaints: readonly string[];
}

export interface VisitOptions extends BrowserContextOptions {
  /** The path, with what is behind `#`. */
  readonly path?: string;
  /** In place of what the exporter answers to `GET /api/v1/overview`. */
  readonly overview?: () => Overview;
}

export const ORIGIN = 'http://127.0.0.1:9065';

/** A browser in the network namespace that this thread is in. */
export async function withBrowser(body: (browser: Browser) => Promise<void>): Promise<void> {
  const { path, environment } = debianProgram(...CHROMIUM);
  const browser = await chromium.launch({
    executablePath: path,
    // The tests run as root, for whom Chromium has no sandbox.
    args: ['--no-sandbox'],
    env: environment,
  });
  try {
    await body(browser);
  } finally {
    await browser.close();
  }
}

/** Opens the live page, and waits until its scripts show it. */
export async function visit(browser: Browser, options: VisitOptions = {}): Promise<Visit> {
  const { path = '/', overview, ...context } = options;
  const page = await browser.newPage(context);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${ORIGIN}/`)) complaints.push(request.url());
  });
  if (overview !== undefined) {
    await page.route('**/api/v1/overview', (route) => route.fulfill({ json: overview() }));
  }
  await page.goto(ORIGIN + path);
  if (context.javaScriptEnabled !== false) await page.waitForSelector('.pulse');
  return { page, complaints };
}

/** What axe-core finds against the rules of WCAG 2.2 AA, each with the elements that it is about. */
export async function violations(page: Page): Promise<readonly string[]> {
  const source = readFileSync(
    createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
    'utf8',
  );
  await page.evaluate(source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found: unknown = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`,
  );
  return found as readonly string[];
}
