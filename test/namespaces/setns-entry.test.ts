import { expect, test } from 'vitest';
import { readNetnsCookie } from '../../src/kernel/netns/netns-switch.ts';
import { SetnsEntry } from '../../src/namespaces/setns-entry.ts';
import { inNetwork } from '../support/scenario.ts';
import { withoutDescriptors } from '../support/shortage.ts';

const OWN = '/proc/self/ns/net';

/** Without a free descriptor nothing is learnt about a namespace: not that it has ended, nor that it is denied. */
test('a namespace cannot be entered without a free descriptor, and can later', () =>
  inNetwork(() => {
    const entry = new SetnsEntry('/proc');
    entry.begin();
    const enter = (): unknown => entry.within(OWN, () => 'inside');
    expect(() => withoutDescriptors(enter)).toThrow('EMFILE');
    expect(entry.problem).toBe('');
    expect(enter()).toEqual({ result: 'inside' });
    expect(() => withoutDescriptors(enter)).toThrow('EMFILE');
    expect(entry.problem).toBe('');
    return Promise.resolve();
  }));

test('a cookie that cannot be asked for is not one that the kernel does not have', () => {
  const cookie = readNetnsCookie();
  expect(() => withoutDescriptors(readNetnsCookie)).toThrow('EMFILE');
  expect(readNetnsCookie()).toBe(cookie);
});
