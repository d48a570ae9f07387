import { expect, test } from 'vitest';
import { cut, pluginLine } from '../../../src/cli/check/plugin-output.ts';

const VALUE = { label: 'bl|ue: 10.0.0.1 → 10.0.0.2:80', value: 30, warning: 69, min: 0, max: 100 };

test('a name ends neither the text nor a label', () => {
  const line = pluginLine('critical', ['bl|ue\nline', 'more'], [VALUE]);
  expect(line).toBe(
    String.raw`PORTS CRITICAL - bl\x7cue\nline. more | 'bl_ue: 10.0.0.1->10.0.0.2:80'=30;69;;0;100`,
  );
});

test('what there is no room for is left out whole: sentences, then values', () => {
  const sentences = ['first', 'x'.repeat(700), 'last'];
  const line = pluginLine(
    'ok',
    sentences,
    Array.from({ length: 40 }, () => VALUE),
  );
  expect(line).toMatch(/^PORTS OK - first\. last \| '/);
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1000);
  expect(line.endsWith('=30;69;;0;100')).toBe(true);
});

test('a text is cut between characters', () => {
  expect(cut('äöü', 6)).toBe('äöü');
  expect(cut('äöüß', 7)).toBe('äö...');
});
