import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseWebConfig } from '../../src/config/web-config.ts';

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';

function tls(more = ''): string {
  return `tls_server_config: { cert_file: a.pem, key_file: /b/a.key${more} }`;
}

describe('the file of --web.config.file', () => {
  test('may be empty: plain HTTP for everybody', () => {
    const nothing = { tls: undefined, headers: {}, users: new Map(), rateLimit: undefined };
    expect(parseWebConfig('/x/web.yml', '')).toEqual(nothing);
  });

  test('names files by its own folder, or from the top', () => {
    expect(parseWebConfig('/x/web.yml', tls()).tls).toMatchObject({
      certificate: { file: '/x/a.pem' },
      key: { file: '/b/a.key' },
      clientAuth: 'NoClientCert',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
    });
  });

  test('may have certificates in it', () => {
    const { tls: parsed } = parseWebConfig('/web.yml', 'tls_server_config: { cert: A, key: B }');
    expect(parsed).toMatchObject({ certificate: { text: 'A' }, key: { text: 'B' } });
  });

  test('has ciphers and curves by the names of Go', () => {
    const { tls: parsed } = parseWebConfig(
      '/web.yml',
      tls(
        ', cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256], curve_preferences: [CurveP384, X25519]',
      ),
    );
    expect(parsed).toMatchObject({
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256',
      curves: 'P-384:X25519',
    });
  });

  test('has users, headers and a rate', () => {
    const text = `
basic_auth_users: { alice: "${HASH}", bob: "${HASH.replace('2y', '2b')}" }
http_server_config: { http2: false, headers: { X-Frame-Options: deny, X-XSS-Protection: "" } }
rate_limit: { interval: 500ms, burst: 20 }`;
    const { users, headers, rateLimit } = parseWebConfig('/web.yml', text);
    expect([...users.keys()]).toEqual(['alice', 'bob']);
    expect(headers).toEqual({ 'x-frame-options': 'deny' });
    expect(rateLimit).toEqual({ burst: 20, everySeconds: 0.5 });
  });

  test.each([
    ['unknown: 1', 'web.yml:1: unknown key "unknown"'],
    ['http_server_config: { http2: true }', 'http_server_config.http2: HTTP/2 is not supported'],
    [tls(', min_version: TLS10'), 'tls_server_config.min_version: expected TLS12 or TLS13; older'],
    [
      tls(', min_version: TLS13, max_version: TLS12'),
      'min_version: expected one that is not above',
    ],
    [
      tls(', cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]'),
      'tls_server_config.cipher_suites[0]: expected a supported cipher suite',
    ],
    [tls(', curve_preferences: [secp256k1]'), 'curve_preferences[0]: expected a supported curve'],
    ['tls_server_config: { cert_file: a.pem }', 'key_file or key is required'],
    [tls(', cert: A'), 'expected cert or cert_file, found both'],
    [tls(', client_auth_type: Maybe'), 'client_auth_type: expected one of NoClientCert'],
    [tls(', client_auth_type: RequireAndVerifyClientCert'), 'needs client_ca_file or client_ca'],
    [tls(', client_ca_file: ca.pem'), 'expected one that asks for a certificate'],
    [
      tls(', client_auth_type: RequireAnyClientCert, client_allowed_sans: [a]'),
      'client_allowed_sans: needs a client_auth_type that verifies',
    ],
    ['basic_auth_users: []', 'basic_auth_users: expected a mapping of names to bcrypt hashes'],
    ['basic_auth_users:', 'basic_auth_users: expected a mapping of names to bcrypt hashes'],
    ['basic_auth_users: { a: "$2y$16$' + HASH.slice(7) + '" }', 'with a cost from 04 to 15'],
    ['http_server_config: { headers: { X-Powered-By: us } }', 'unknown key "http_server_config.'],
    ['http_server_config: { headers: { X-Frame-Options: DENY } }', 'expected deny or sameorigin'],
    [
      'http_server_config: { headers: { Content-Security-Policy: "a\\nb" } }',
      'expected text of one line',
    ],
    ['rate_limit: { interval: soon, burst: 1 }', 'rate_limit.interval: expected a duration'],
  ])('%s is refused', (text, message) => {
    expect(() => parseWebConfig('web.yml', text)).toThrow(ConfigError);
    expect(() => parseWebConfig('web.yml', text)).toThrow(message);
  });

  test.each([
    ['basic_auth_users: { alice: hunter2 }'],
    ['basic_auth_users: { alice: { password: hunter2 } }'],
    ['basic_auth_users: [hunter2]'],
    ['basic_auth_users: hunter2'],
    ['tls_server_config: { cert: A, key: [hunter2] }'],
  ])('%s: no message has the secret', (text) => {
    let message = '';
    try {
      parseWebConfig('web.yml', text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('expected');
    expect(message).not.toContain('hunter2');
  });
});
