import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEndpoint } from '../../src/answers/explanation/endpoint-question.ts';

describe('what somebody asks about', () => {
  test.each([
    ['10.0.0.2:5432', { from: undefined, to: '10.0.0.2', port: 5432 }],
    ['10.0.0.9 → 10.0.0.2:5432', { from: '10.0.0.9', to: '10.0.0.2', port: 5432 }],
    ['10.0.0.9->10.0.0.2:1', { from: '10.0.0.9', to: '10.0.0.2', port: 1 }],
    ['[fd00:0::2]:443', { from: undefined, to: 'fd00::2', port: 443 }],
    ['[fd00::9] → [fd00::2]:443', { from: 'fd00::9', to: 'fd00::2', port: 443 }],
    ['fd00::9 → [FD00::2]:443', { from: 'fd00::9', to: 'fd00::2', port: 443 }],
    ['[::ffff:10.0.0.2]:80', { from: undefined, to: '10.0.0.2', port: 80 }],
  ])('%s', (text, expected) => {
    expect(parseEndpoint(text)).toEqual(expected);
  });

  test.each([
    ['', 'nothing'],
    ['10.0.0.2', 'no port'],
    ['10.0.0.2:0', 'port 0'],
    ['10.0.0.2:65536', 'a port that is none'],
    ['10.0.0.256:80', 'an address that is none'],
    ['fd00::2:443', 'no brackets'],
    ['database:5432', 'a name'],
    ['10.0.0.1 → 10.0.0.2 → 10.0.0.3:80', 'three ends'],
    [' → 10.0.0.2:80', 'an empty end'],
    ['[fe80::1%eth0]:80', 'a scope'],
  ])('not %j: %s', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });

  test('any text is an endpoint or is not', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const question = parseEndpoint(text);
        expect(question === undefined || question.port > 0).toBe(true);
      }),
    );
  });
});
