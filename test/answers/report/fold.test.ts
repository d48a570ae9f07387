import { expect, test } from 'vitest';
import { fold } from '../../../src/answers/report/fold.ts';

test('lines of 60 columns, but for longer words', () => {
  const words = Array.from({ length: 50 }, (_, index) => 'w'.repeat((index * 7) % 23) || 'x');
  const long = 'y'.repeat(80);
  const lines = fold([...words, long, ...words].join(' '), '    ', '- ');
  expect(lines.filter((line) => line.length > 60)).toEqual([`    ${long}`]);
  expect(lines[0]).toMatch(/^- x w/);
  expect(lines.slice(1).every((line) => /^ {4}\S/.test(line))).toBe(true);
  expect(lines.map((line) => line.slice(4)).join(' ')).toContain(`${long} x`);
});
