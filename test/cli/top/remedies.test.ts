import { expect, test } from 'vitest';
import type { RemedyRow } from '../../../src/answers/overview/overview.ts';
import { plainBlock } from '../../../src/cli/top/plain-block.ts';
import { WITHOUT_COLOR } from '../../../src/cli/top/draw/paint.ts';
import { RISKS_VIEW } from '../../../src/cli/top/views/risks-view.ts';
import type { Item } from '../../../src/cli/top/views/view.ts';
import { madeUpOverview, madeUpPool, madeUpRisk } from '../../support/made-up-overview.ts';

const NOTHING: RemedyRow = { text: '', effect: '', command: '', manifest: '', danger: '' };
const RISK = madeUpRisk(madeUpPool(0, { bound: 40 }), {
  remedies: [
    { ...NOTHING, text: 'Restart it' },
    { ...NOTHING, text: 'Widen the range', effect: '+9 ports', command: 'sysctl -w x=1' },
  ],
});
const OVERVIEW = { ...madeUpOverview(0, 1), risks: [RISK] };

function shown(): Item {
  const [item] = RISKS_VIEW.list(OVERVIEW, { matches: () => true, order: undefined });
  if (item === undefined) throw new Error('nothing is at risk');
  return item;
}

test('what ends it comes first, and the line to copy after it', () => {
  expect(plainBlock(OVERVIEW, 'x')).toContain(
    '\n  do: Restart it\n  also: sysctl -w x=1 (+9 ports)\n',
  );
  const lines = shown().lines(200, WITHOUT_COLOR);
  expect(lines.filter((line) => /^ {2}(?:do|also) /.test(line))).toEqual([
    '  do    Restart it',
    '  also  sysctl -w x=1 (+9 ports)',
  ]);
  expect(shown().remedy).toBe('sysctl -w x=1');
});

test('the detail says what a bind() takes from others', () => {
  expect(shown().detail(200, WITHOUT_COLOR).join('\n')).toMatch(
    /harm to others +It takes 40 ports from every other destination of its network namespace/,
  );
});
