import { describe, expect, test } from 'vitest';
import { LivePage } from '../../../src/http/page/live-page.ts';
import { madeUpOverview, madeUpPool, madeUpRisk } from '../../support/made-up-overview.ts';
import type { Answer, Question } from '../../../src/sampler/question.ts';
import type { Overview } from '../../../src/answers/overview/overview.ts';

const ASSETS = { all: [], script: 'page-1.js', style: 'page-2.css', icon: 'page-3.svg' };

function answerOf(overview: Overview): Answer {
  return { ok: true, json: new TextEncoder().encode(JSON.stringify(overview)) };
}

/** A page of which the sampler answers `answers` one after the other, the last one for ever. */
function pageOf(...answers: readonly Answer[]) {
  const questions: Question[] = [];
  const left = [...answers];
  const page = new LivePage({
    version: '1.2.3',
    linkPrefix: '/ports',
    telemetryPath: '/metrics',
    assets: ASSETS,
    isReady: () => answers.length > 0,
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(left.length > 1 ? left.shift() : left[0]);
    },
  });
  return { page, questions };
}

async function htmlOf(...answers: readonly Answer[]): Promise<string> {
  return Buffer.from(await pageOf(...answers).page.current()).toString();
}

describe('the page without scripts', () => {
  test('is rendered once for each poll, however many look at it', async () => {
    const [first, second] = [answerOf(madeUpOverview(20)), answerOf(madeUpOverview(30))];
    const { page } = pageOf(first);
    const all = await Promise.all(Array.from({ length: 100 }, () => page.current()));
    expect(new Set(all).size).toBe(1);
    const next = pageOf(first, second).page;
    const before = await next.current();
    expect(await next.current()).not.toBe(before);
  });

  test('asks for no more endpoints than it shows', async () => {
    const { page, questions } = pageOf(answerOf(madeUpOverview(3)));
    await page.current();
    expect(questions).toEqual([{ about: 'overview', maxEndpoints: 200 }]);
  });

  test('has the prefix before each link and file', async () => {
    const html = await htmlOf(answerOf(madeUpOverview(3)));
    const paths = Array.from(html.matchAll(/(?:href|src)="(\/[^"]*)"/g), ([, path]) => path);
    expect(paths).toContain('/ports/assets/page-1.js');
    expect(paths).toContain('/ports/metrics');
    expect(paths.filter((path) => !path?.startsWith('/ports/'))).toEqual([]);
    expect(html).toContain('<body data-prefix="/ports">');
  });

  test('says so where there is no good poll', async () => {
    expect(await htmlOf()).toContain('No good poll yet, or the last one is too old');
  });

  test('has neither script nor style in it, for its policy allows none', async () => {
    const html = await htmlOf(answerOf(madeUpOverview(300)));
    expect(html).not.toMatch(/<style|style=|onclick|<script(?! type="module" src=)/);
  });

  test('escapes what others have named', async () => {
    const evil = `<script>"'&\u202e\u0000${'x'.repeat(200)}`;
    const pool = madeUpPool(0, { name: evil, owner: evil, namespace: evil });
    const risk = madeUpRisk(pool, { evidence: evil, also: [evil], proof: evil });
    const html = await htmlOf(
      answerOf({ ...madeUpOverview(0, 0), risks: [risk], endpoints: [pool] }),
    );
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain('\u202e');
    expect(html).toContain('&lt;script&gt;&quot;&#39;&amp;\\u{202e}\\x00x');
  });
});
