import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableJson, printableLines } from '../../src/answers/printable.ts';

const SHOWN: readonly (readonly [string, string])[] = [
  ['\x1b[31mred', '\\x1b[31mred'],
  ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
  ['a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['\x9b2J', '\\x9b2J'],
  ['\x7f', '\\x7f'],
  ['a\u202eb', 'a\\u{202e}b'],
  ['\u2028\u2029\u200b\ufeff', '\\u{2028}\\u{2029}\\u{200b}\\u{feff}'],
  ['\u{e0041}', '\\u{e0041}'],
  ['\ud800', '\\u{d800}'],
  ['Köln → 10.0.0.1 🙂', 'Köln → 10.0.0.1 🙂'],
];

describe('what a terminal would obey is shown', () => {
  test.each(SHOWN)('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('several lines stay lines', () => {
    expect(printableLines('a\x1b\nb\x07')).toBe('a\\x1b\nb\\x07');
  });

  test('JSON stays the JSON of the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = `${JSON.stringify({ text })}\n`;
        const shown = printableJson(line);
        expect(JSON.parse(shown)).toEqual({ text });
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]./u);
      }),
    );
  });
});
