import { describe, expect, test } from 'vitest';
import { bar, lengthsOf, sparkline } from '../../../src/cli/top/draw/bar.ts';
import { WITHOUT_COLOR } from '../../../src/cli/top/draw/paint.ts';
import { type Column, headingLine, place, rowLine } from '../../../src/cli/top/draw/table.ts';
import { cut, fit, grouped, safe, widthOf, wrapTo } from '../../../src/cli/top/draw/text.ts';

function drawn(capacity: number, available: number, blocked = 0, width = 10, hasHalf = false) {
  return bar({ capacity, available, blocked }, width, 'plain', WITHOUT_COLOR, hasHalf);
}

describe('a bar', () => {
  test.each([
    [100, 100, 0, '··········'],
    [100, 50, 0, '█████·····'],
    [100, 45, 0, '█████▌····'],
    [100, 0, 0, '██████████'],
    [50, 25, 50, '██▌▒▒▒▒▒··'],
    [0, 0, 100, '▒▒▒▒▒▒▒▒▒▒'],
  ])('of %i ports, %i left, %i blocked: %s', (capacity, available, blocked, expected) => {
    expect(drawn(capacity, available, blocked)).toBe(expected);
  });

  test('shows the one port that is taken, the one that is left, and the one that is blocked', () => {
    expect(drawn(28_232, 28_231)).toBe('▏·········');
    expect(drawn(28_232, 1)).toBe('█████████·');
    expect(drawn(28_231, 1, 1)).toBe('████████▒·');
  });

  test('has a mark at half of the range', () => {
    expect(drawn(100, 20, 0, 10, true)).toBe('█████│██··');
  });

  test('never takes more room than it has', () => {
    for (let width = 1; width < 30; width += 1) {
      for (const [capacity, available, blocked] of [
        [1, 1, 1],
        [1, 0, 1],
        [28_232, 3, 9000],
        [0, 0, 0],
        [10, 12, 0],
      ] as const) {
        expect(drawn(capacity, available, blocked, width)).toHaveLength(width);
        const { eighths, blocked: cells } = lengthsOf({ capacity, available, blocked }, width);
        expect(eighths / 8 + cells).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('a sparkline', () => {
  test('goes from nothing to the most, and shows the latest', () => {
    expect(sparkline([0, 25, 50, 75, 100], 10, 100)).toBe('▁▂▄▆█');
    expect(sparkline([100, 0, 100], 2, 100)).toBe('▁█');
    expect(sparkline([], 10, 0)).toBe('');
  });
});

/** What the names of others may hold. */
const HOSTILE = {
  'escape sequences': '\u001b[2J\u001b]52;c;eA==\u0007evil',
  'a line break': 'a\r\nCRITICAL b',
  'letters from right to left': 'שלום 10.0.0.1',
  'an override of the direction': '\u202egnp.exe',
  '200 characters': 'x'.repeat(200),
  'wide characters': '数据库连接池'.repeat(20),
  'emoji and selectors': '👩‍👩‍👧‍👦\ufe0f❤\ufe0f'.repeat(5),
  'marks that pile up': `a${'\u0301'.repeat(100)}`,
  'half of a character': '\ud83d',
};

const COLUMNS: readonly Column<string>[] = [
  { heading: 'NAME', width: 10, grows: 1, rank: 0, cell: (row) => row },
  { heading: 'LEFT', width: 5, align: 'right', rank: 1, cell: () => '1,234' },
  { heading: 'MORE', width: 20, rank: 2, cell: (row) => row },
];

describe('a table', () => {
  test.each(Object.entries(HOSTILE))('keeps its columns with %s', (_, name) => {
    for (const width of [16, 37, 38, 60, 120]) {
      const columns = place(COLUMNS, width);
      const line = rowLine(columns, name, WITHOUT_COLOR);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Script=Hebrew}]/u);
      expect(widthOf(line)).toBe(width);
      const heading = headingLine(columns, { heading: '', isDescending: false });
      expect(widthOf(line.slice(0, line.indexOf('1,234')))).toBe(heading.indexOf('LEFT') - 1);
    }
  });

  test('leaves out the columns of the least use where there is no room', () => {
    const headings = (width: number) => place(COLUMNS, width).map(({ heading }) => heading);
    expect(headings(37)).toEqual(['NAME', 'LEFT', 'MORE']);
    expect(headings(36)).toEqual(['NAME', 'LEFT']);
    expect(headings(15)).toEqual(['NAME']);
    expect(headings(5)).toEqual(['NAME']);
  });

  test('marks the column by which it is sorted', () => {
    const columns = place(COLUMNS, 40);
    expect(headingLine(columns, { heading: 'LEFT', isDescending: true })).toContain(' LEFT▼ ');
    expect(headingLine(columns, { heading: 'NAME', isDescending: false })).toMatch(/^NAME▲ /);
  });
});

describe('a text', () => {
  test.each(Object.entries(HOSTILE))('with %s is safe', (_, text) => {
    expect(safe(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Variation_Selector}]/u);
    expect(safe(safe(text))).toBe(safe(text));
  });

  test('takes exactly the room of a cell, also where half of a wide character would fit', () => {
    for (let width = 0; width < 12; width += 1) {
      expect(widthOf(fit('数据库连', width))).toBe(width);
      expect(widthOf(cut('\u001b[31m数据库连\u001b[39m', width))).toBeLessThanOrEqual(width);
    }
  });

  test('says when lines are left out', () => {
    expect(wrapTo(2, 'one two three four five six', 10)).toEqual([
      'one two',
      'three four'.slice(0, 9) + '…',
    ]);
    expect(wrapTo(2, 'one two', 10)).toEqual(['one two']);
  });

  test('has its thousands apart', () => {
    expect([0, 999, 1000, 28_232, 1_234_567].map(grouped)).toEqual([
      '0',
      '999',
      '1,000',
      '28,232',
      '1,234,567',
    ]);
  });
});
