import { describe, expect, test } from 'vitest';
import { webPaths } from '../../src/http/external-url.ts';

describe('--web.external-url and --web.route-prefix', () => {
  test.each([
    [undefined, undefined, { prefix: '', linkPrefix: '', externalHost: undefined }],
    ['https://a.example/', undefined, { prefix: '', linkPrefix: '', externalHost: 'a.example' }],
    [
      'https://a.example:8443/ports/',
      undefined,
      { prefix: '/ports', linkPrefix: '/ports', externalHost: 'a.example' },
    ],
    // The proxy takes the path away.
    [
      'http://a.example/ports',
      '/',
      { prefix: '', linkPrefix: '/ports', externalHost: 'a.example' },
    ],
    [undefined, 'x/y/', { prefix: '/x/y', linkPrefix: '/x/y', externalHost: undefined }],
  ])('%s with %s', (url, prefix, paths) => {
    expect(webPaths(url, prefix)).toEqual(paths);
  });

  test.each([
    ['a.example', undefined, '--web.external-url: expected a URL'],
    ['ftp://a.example', undefined, '--web.external-url: expected a URL'],
    ['https://a.example/a b', undefined, '--web.route-prefix: expected a path'],
    [undefined, '/a:b', '--web.route-prefix: expected a path such as /exporter, found "/a:b"'],
  ])('%s with %s is refused', (url, prefix, message) => {
    expect(() => webPaths(url, prefix)).toThrow(message);
  });
});
