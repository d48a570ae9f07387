import { describe, expect, test } from 'vitest';
import { Aliases } from '../../../src/answers/report/aliases.ts';

describe('aliases', () => {
  test('are the same for the same name of a kind, and empty for none', () => {
    const aliases = new Aliases();
    expect(aliases.ofPod('shop/cart-0')).toBe('pod-namespace-1/pod-1');
    expect(aliases.ofPod('shop/cart-1')).toBe('pod-namespace-1/pod-2');
    expect(aliases.of('pod', 'cart-0')).toBe('pod-1');
    expect(aliases.of('unit', 'cart-0')).toBe('unit-1');
    expect(aliases.of('unit', '')).toBe('');
  });

  test('leave loopback and wildcard addresses alone', () => {
    const aliases = new Aliases();
    const all = ['127.0.0.1', '::1', '0.0.0.0', '::', '', '10.1.2.3', 'fd00::7', '10.1.2.3'];
    expect(all.map((address) => aliases.ofAddress(address))).toEqual([
      '127.0.0.1',
      '::1',
      '0.0.0.0',
      '::',
      '',
      'ipv4-1',
      'ipv6-1',
      'ipv4-1',
    ]);
  });

  test('replace addresses, paths and known names in a text, the longest first', () => {
    const aliases = new Aliases();
    aliases.of('pod', 'cart');
    aliases.of('pod', 'cart-0.*|x');
    const text = aliases.inText(
      'cart-0.*|x of cart: /var/log/pods/shop_cart-0: denied (EACCES), /proc/7/net/tcp: gone, fd00::7 and 10.1.2.3:80',
    );
    expect(text).toBe(
      'pod-2 of pod-1: path-1: denied (EACCES), /proc/7/net/tcp: gone, ipv6-1 and ipv4-1:80',
    );
  });
});
