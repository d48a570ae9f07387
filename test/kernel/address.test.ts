import fc from 'fast-check';
import { isIPv6, SocketAddress } from 'node:net';
import { expect, test } from 'vitest';
import {
  formatAddress,
  isIpv4,
  isLoopback,
  isWildcard,
  parseAddress,
} from '../../src/kernel/address.ts';

test.each([
  ['0.0.0.0'],
  ['127.0.0.1'],
  ['255.255.255.255'],
  ['::'],
  ['::1'],
  ['2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1'],
  ['fe80::1'],
])('%s is canonical, and is written as it was read', (text) => {
  expect(formatAddress(parseAddress(text), 0)).toBe(text);
});

test('IPv6 text is what inet_ntop writes', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const text = groups.map((each) => each.toString(16)).join(':');
      const words = Int32Array.from([0, 2, 4, 6], (at) => {
        return ((groups[at] ?? 0) << 16) | (groups[at + 1] ?? 0);
      });
      fc.pre(!isIpv4(words, 0));
      const expected = new SocketAddress({ family: 'ipv6', address: text }).address;
      fc.pre(!expected.includes('.'));
      const written = formatAddress(words, 0);
      expect(written).toBe(expected);
      expect(isIPv6(written)).toBe(true);
      expect(parseAddress(written)).toEqual(words);
    }),
  );
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['128.0.0.1', false],
  ['::1', true],
  ['::2', false],
  ['::', false],
])('%s is a loopback address: %s', (text, expected) => {
  expect(isLoopback(parseAddress(text), 0)).toBe(expected);
});

test.each([
  ['0.0.0.0', true],
  ['::', true],
  ['0.0.0.1', false],
  ['::1', false],
  ['1::', false],
])('%s is a wildcard: %s', (text, expected) => {
  expect(isWildcard(parseAddress(text), 0)).toBe(expected);
});
