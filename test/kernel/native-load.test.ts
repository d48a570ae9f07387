import { expect, test } from 'vitest';
import { NativeLoad, newLoadFlag } from '../../src/kernel/native-load.ts';

test('nothing is forbidden while it loads, and nothing loads once it is forbidden', () => {
  const flag = newLoadFlag();
  const [here, there] = [new NativeLoad(flag), new NativeLoad(flag)];
  const loaded = here.run(() => {
    expect(there.forbid()).toBe(false);
    return 'loaded';
  });
  expect(loaded).toBe('loaded');
  expect(there.forbid()).toBe(true);
  expect(there.forbid()).toBe(true);
  expect(() => here.run(() => 'again')).toThrow('this thread is being ended');
});

test('a load within another ends with the outer one', () => {
  const flag = newLoadFlag();
  const [here, there] = [new NativeLoad(flag), new NativeLoad(flag)];
  here.run(() => {
    expect(here.run(() => 'inner')).toBe('inner');
    expect(there.forbid()).toBe(false);
  });
  expect(there.forbid()).toBe(true);
});

test('a load that fails is over', () => {
  const load = new NativeLoad(newLoadFlag());
  expect(() =>
    load.run(() => {
      throw new Error('not found');
    }),
  ).toThrow('not found');
  expect(load.run(() => 1)).toBe(1);
});
