import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { answer } from '../../src/sampler/answer.ts';
import { AskedPorts } from '../../src/sampler/asked-ports.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { Question } from '../../src/sampler/question.ts';
import { readDocument } from '../support/documents.ts';
import { pollOptions } from '../support/pools.ts';

const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;

/** What differs from poll to poll and from machine to machine. */
const VOLATILE = new Set(['at_seconds', 'at_latest_seconds', 'ns_inode']);

const EVERYWHERE = { netns: undefined, pod: undefined };
const ENDPOINT = { from: undefined, to: '10.1.2.3', port: 5432 };

const QUESTIONS: Readonly<Record<string, Question>> = {
  explain: {
    about: 'explain',
    endpoint: ENDPOINT,
    changes: { range: { low: 10_240, high: 60_999 } },
    ...EVERYWHERE,
  },
  port: { about: 'port', port: 5432, ...EVERYWHERE },
};

function answerTo(question: Question): unknown {
  const options = {
    ...pollOptions(FIXTURE),
    owners: { find: 'auto' as const, cgroupfs: '/nowhere' },
  };
  const poller = new Poller(options);
  poller.poll();
  const found = answer(question, {
    poller,
    options,
    intervalSeconds: 5,
    names: new RemoteNames([]),
    asked: new AskedPorts(),
  });
  if (found?.ok !== true) return found;
  return JSON.parse(new TextDecoder().decode(found.json), (key, value: unknown) =>
    VOLATILE.has(key) ? typeof value : value,
  );
}

function fieldsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(fieldsOf)];
}

describe.each(Object.entries(QUESTIONS))('the answer about %s', (name, question) => {
  const golden = new URL(`../golden/${name}.json`, import.meta.url).pathname;

  test('of a table captured from a real kernel is the golden one (UPDATE_GOLDEN=1 writes it)', () => {
    const text = `${JSON.stringify(answerTo(question), undefined, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(golden)) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('has no field that is not described', () => {
    const reference = readDocument('src/http/README.md') + readDocument('src/cli/README.md');
    const fields = [...new Set(fieldsOf(answerTo(question)))];
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter((field) => !reference.includes(`\`${field}\``))).toEqual([]);
  });
});

test('a network namespace that is not there is said not to be', () => {
  const explain = { about: 'explain', endpoint: ENDPOINT, changes: undefined } as const;
  expect(answerTo({ ...explain, netns: '7', pod: undefined })).toEqual({
    ok: false,
    status: 404,
    problem: 'no such network namespace is seen',
  });
});
