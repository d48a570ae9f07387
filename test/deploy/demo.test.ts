import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseOptions } from '../../deploy/demo/options.ts';

test('the help of the demo has each option', () => {
  const help = readFileSync(new URL('../../deploy/demo/help.txt', import.meta.url), 'utf8');
  const flags = Array.from(help.matchAll(/^ {2}--([\w-]+)/gm), ([, flag = '']) => flag);
  const known = Object.keys(parseOptions([])).map((name) =>
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  );
  expect(flags.toSorted()).toEqual([...known, 'help'].toSorted());
});
