import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Overview, PoolRow } from '../../../src/answers/overview/overview.ts';
import { isOverview } from '../../../src/cli/top/feeds/is-overview.ts';
import { osc52 } from '../../../src/cli/top/terminal/clipboard.ts';
import { LiveView } from '../../../src/cli/top/live-view.ts';
import { IN_COLOR, paintFor, WITHOUT_COLOR } from '../../../src/cli/top/draw/paint.ts';
import { plainBlock } from '../../../src/cli/top/plain-block.ts';
import { isTooWide } from '../../support/columns.ts';

const NOW = 1_700_000_000;

/** That of a table captured from a real kernel. */
const GOLDEN = JSON.parse(
  readFileSync(new URL('../../golden/overview.json', import.meta.url), 'utf8'),
) as Overview;

function overview(change: Partial<Overview> = {}): Overview {
  return { ...GOLDEN, taken_at_seconds: NOW, ...change };
}

function endpoint(change: Partial<PoolRow>): PoolRow {
  const [first] = GOLDEN.endpoints;
  if (first === undefined) throw new Error('no endpoint');
  return { ...first, remote_name: '', ...change };
}

/** But for line breaks. */
const CONTROL = /[^\n\P{Cc}]|\p{Cf}/u;

const SIZE = { width: 100, height: 30 };

class Screen {
  readonly live = new LiveView('the daemon at http://127.0.0.1:9065', WITHOUT_COLOR, NOW);
  nowSeconds = NOW;
  size = SIZE;

  constructor(shown?: Overview) {
    if (shown !== undefined) this.live.take(shown);
    this.text();
  }

  /** Characters, and names of keys. */
  press(...keys: readonly string[]): string {
    for (const key of keys) {
      const isName = key.length > 1;
      this.live.press(isName ? { name: key } : { sequence: key, name: key }, this.nowSeconds);
      this.text();
    }
    return this.text();
  }

  lines(): readonly string[] {
    return this.live.lines(this.size, this.nowSeconds);
  }

  text(): string {
    return this.lines().join('\n');
  }
}

describe('the live view', () => {
  test('says how long it has waited for the first poll, and why it failed', () => {
    const screen = new Screen();
    screen.nowSeconds = NOW + 7;
    expect(screen.text()).toMatch(/^first poll… 7 s\n/);
    screen.live.showProblem('the daemon at http://127.0.0.1:9065: nobody listens there');
    expect(screen.text()).toMatch(/^The first poll failed; it is tried again\./);
    expect(screen.text()).toMatch(/nobody listens there$/);
  });

  test('keeps what it has when a poll fails, and says how old it is', () => {
    const screen = new Screen(overview());
    screen.live.showProblem('no answer');
    screen.nowSeconds = NOW + 42;
    expect(screen.text()).toContain(GOLDEN.health.sentence.slice(0, 40));
    expect(screen.text()).toMatch(/^no answer, last 42 s ago$/m);
  });

  test('fills any terminal and no more, in each view, detail and help', () => {
    for (const [width, height] of [
      [20, 2],
      [40, 6],
      [60, 24],
      [80, 23],
      [250, 70],
    ] as const) {
      const screen = new Screen(overview());
      screen.size = { width, height };
      for (const keys of ['1', '2', '3', '4', '5']) {
        for (const then of [[], ['return'], ['escape', '?'], ['end'], ['p']]) {
          screen.press(keys, ...then);
          const lines = screen.lines();
          expect(lines).toHaveLength(height);
          expect(lines.filter((line) => isTooWide(line, width))).toEqual([]);
        }
      }
    }
  });

  test('stays on the row that was chosen when the order changes, and on its place when it is gone', () => {
    const rows = ['a', 'b', 'c', 'd'].map((id, index) =>
      endpoint({ id, name: `name-${id}`, available: index }),
    );
    const screen = new Screen(overview({ endpoints: rows }));
    expect(screen.press('2', 'down', 'down')).toMatch(/^▶ name-c/m);
    screen.live.take(overview({ endpoints: rows.toReversed() }));
    expect(screen.text()).toMatch(/^▶ name-c/m);
    screen.live.take(overview({ endpoints: rows.filter(({ id }) => id !== 'c') }));
    expect(screen.text()).toMatch(/^▶ name-d/m);
    expect(screen.press('G')).toMatch(/^▶ name-d/m);
    expect(screen.press('g')).toMatch(/^▶ name-a/m);
    expect(screen.press('up')).toMatch(/^▶ name-a/m);
  });

  test('says what will be full soonest while no alert fires yet', () => {
    const endpoints = [600, null, 27].map((seconds, index) =>
      endpoint({ id: `${index}`, name: `name-${index}`, time_left_seconds: seconds }),
    );
    const screen = new Screen(overview({ risks: [], endpoints }));
    expect(screen.text()).toContain('Soonest full, at this rate: name-2 in 27 s.');
  });

  test('sorts what is not known to the end, whichever way', () => {
    const rows = [null, 60, 5].map((seconds, index) =>
      endpoint({ id: `${index}`, name: `name-${index}`, time_left_seconds: seconds }),
    );
    const screen = new Screen(overview({ endpoints: rows }));
    screen.size = { width: 200, height: 30 };
    const order = (text: string) =>
      Array.from(text.matchAll(/name-(\d)/g), ([, id]) => id).join('');
    expect(order(screen.press('2'))).toBe('012');
    expect(order(screen.press('t'))).toBe('210');
    expect(order(screen.press('t'))).toBe('120');
  });

  test('shows thousands of rows around the one that is chosen', () => {
    const endpoints = Array.from({ length: 5000 }, (_, index) =>
      endpoint({ id: `${index}`, name: `name-${index}` }),
    );
    const screen = new Screen(overview({ endpoints, omitted_endpoints: 7 }));
    expect(screen.press('2')).toMatch(/2 all endpoints 5,007/);
    expect(screen.press('end')).toMatch(/^▶ name-4999 /m);
    const text = screen.press('pageup');
    expect(text).toMatch(/^▶ name-49[67]\d /m);
    expect(text).toMatch(/^ {2}name-49[678]\d /m);
  });

  test('scrolls help and detail no further than to their end', () => {
    const screen = new Screen(overview());
    screen.size = { width: 80, height: 12 };
    const end = screen.press('?', 'end');
    expect(screen.press('down', 'down')).toBe(end);
    expect(screen.press('up')).not.toBe(end);
  });

  test('has nothing to copy where nothing is known', () => {
    const screen = new Screen(overview({ risks: [], endpoints: [], shared: [] }));
    expect(screen.press('4', 'y')).toContain(
      'Nothing to copy: no line is known that remedies this.',
    );
    expect(screen.press('s')).toContain('Nothing to copy: no line shows this.');
    expect(screen.press('1')).toContain('Nothing is at risk.');
  });

  test('takes no letter of a filter for a key, and no control character for a letter', () => {
    const screen = new Screen(overview());
    expect(screen.press('2', '/', 'q', 'p', '\u0007', '5')).toContain('/qp5');
    expect(screen.press('backspace', 'escape')).not.toContain('/qp');
  });

  test('gives no escape sequence of a name to the terminal', () => {
    const evil = '\u001b[2J\u202eevil';
    const row = endpoint({ name: evil, owner: evil, namespace: evil, remote_name: evil });
    const risks = GOLDEN.risks.map((risk) => ({
      ...risk,
      pool: row,
      evidence: evil,
      cause: evil,
      proof: evil,
    }));
    const hostile = overview({
      endpoints: [row],
      risks,
      health: { ...GOLDEN.health, sentence: evil, unread: [evil] },
    });
    const screen = new Screen(hostile);
    for (const keys of [[], ['return'], ['2'], ['return'], ['?', 'end'], ['y']]) {
      expect(screen.press(...keys)).not.toMatch(CONTROL);
    }
    expect(plainBlock(hostile, evil)).not.toMatch(CONTROL);
  });
});

describe('an answer of a daemon', () => {
  test('is drawn where it has the shape of an overview', () => {
    expect(isOverview(GOLDEN)).toBe(false);
    expect(isOverview(overview())).toBe(true);
  });

  test.each([null, 7, [], {}, { schema: 2 }, { ...GOLDEN, taken_at_seconds: 1, risks: [null] }])(
    'is refused where it is %j',
    (answer) => {
      expect(isOverview(answer)).toBe(false);
    },
  );
});

describe('the terminal', () => {
  test('is told what to copy in Base64 alone', () => {
    expect(osc52('sysctl -w a="→"')).toBe('\u001b]52;c;c3lzY3RsIC13IGE9IuKGkiI=\u0007');
  });

  test('gets colors unless NO_COLOR is set and not empty', () => {
    expect(paintFor({})).toBe(IN_COLOR);
    expect(paintFor({ NO_COLOR: '' })).toBe(IN_COLOR);
    expect(paintFor({ NO_COLOR: '1' })('worst', 'x')).toBe('x');
    expect(IN_COLOR('worst', 'x')).toBe('\u001b[31mx\u001b[39m');
  });
});
