import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { diagnosesJson } from '../../src/answers/diagnosis/diagnoses.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { encodeDetails } from '../../src/snapshot/encode.ts';
import { fieldsOf } from '../support/json-fields.ts';
import { pollOptions } from '../support/pools.ts';

const GOLDEN = new URL('../golden/snapshot.json', import.meta.url).pathname;
const REFERENCE = new URL('../../src/http/README.md', import.meta.url).pathname;
const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;

/** What differs from poll to poll and from machine to machine. */
const VOLATILE = new Set(['taken_at_seconds', 'duration_seconds', 'ns_inode']);

function encoded(): unknown {
  const poller = new Poller({
    ...pollOptions(FIXTURE),
    owners: { find: 'auto', cgroupfs: '/nowhere' },
    once: true,
  });
  poller.poll();
  const details = poller.details();
  if (details === undefined) throw new Error('no details');
  return JSON.parse(
    new TextDecoder().decode(encodeDetails(details, diagnosesJson(details))),
    (key, value: unknown) => (VOLATILE.has(key) ? typeof value : value),
  );
}

describe('the details of a poll as JSON', () => {
  test('of a table captured from a real kernel are the golden ones (UPDATE_GOLDEN=1 writes them)', () => {
    const text = `${JSON.stringify(encoded(), undefined, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  test('have names in snake_case, each described in src/http/README.md', () => {
    const fields = new Set(fieldsOf(encoded()));
    expect(fields.size).toBeGreaterThan(60);
    expect([...fields].filter((field) => !/^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(field))).toEqual([]);
    const reference = readFileSync(REFERENCE, 'utf8');
    expect([...fields].filter((field) => !reference.includes(`\`${field}\``))).toEqual([]);
  });
});

test('there are no details before the first poll', () => {
  const poller = new Poller({ ...pollOptions('/nowhere'), once: true });
  expect(poller.details()).toBeUndefined();
});

test('after a poll that failed there are none, for its tables are half overwritten', () => {
  const poller = new Poller(pollOptions('/nowhere'));
  expect(() => poller.poll()).toThrow('/nowhere');
  expect(poller.details()).toBeUndefined();
});
