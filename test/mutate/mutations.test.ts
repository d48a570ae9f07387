import { expect, test } from 'vitest';
import { misfits } from './mutation.ts';

test('each planted error finds its place, exactly once', () => {
  expect(misfits()).toEqual([]);
});
