import { expect, test } from 'vitest';
import { nextPoll } from '../../src/sampler/schedule.ts';

test.each([
  ['a short poll', 1000, 1010, { delayMs: 4990, skipped: 0 }],
  ['a poll of exactly one interval', 1000, 6000, { delayMs: 0, skipped: 0 }],
  ['a poll that overran its next turn', 1000, 7000, { delayMs: 4000, skipped: 1 }],
  ['a poll that overran three turns', 1000, 17_500, { delayMs: 3500, skipped: 3 }],
  ['a timer that fired early', 1000, 999, { delayMs: 5001, skipped: 0 }],
])('%s', (_title, due, now, expected) => {
  expect(nextPoll(due, 5000, now)).toEqual(expected);
});
