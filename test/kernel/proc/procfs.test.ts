import { expect, test } from 'vitest';
import { isProcfs } from '../../../src/kernel/proc/procfs.ts';
import { writeProcfs } from '../../support/procfs.ts';

test('a procfs is known from a copy of one, whatever it is called', () => {
  expect(['/proc', '/proc/self/net', '/proc/self/root/proc'].map(isProcfs)).toEqual([
    true,
    true,
    true,
  ]);
  expect([writeProcfs(), '/sys', '/nowhere'].map(isProcfs)).toEqual([false, false, false]);
});
