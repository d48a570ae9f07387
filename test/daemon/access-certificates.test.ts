import { describe, expect, test } from 'vitest';
import { Authority, clientOptions } from '../support/certificates.ts';
import { requestTls } from '../support/https.ts';
import { basic, needs, oneDaemon, PASSWORD, tls, USERS, WebFiles } from '../support/web-files.ts';

const files = new WebFiles();
const stranger = files.authority.issue('stranger', 'DNS:stranger.example');
const forged = new Authority('Another authority').issue('forged', 'DNS:prometheus.example');
const withFile = oneDaemon(files);

describe('client certificates', () => {
  test.each([
    ['NoClientCert', tls(), [200, 200, 200, 200]],
    ['RequestClientCert', tls(', client_auth_type: RequestClientCert'), [200, 200, 200, 200]],
    ['RequireAnyClientCert', tls(', client_auth_type: RequireAnyClientCert'), [401, 200, 200, 200]],
    ['VerifyClientCertIfGiven', needs('VerifyClientCertIfGiven'), [200, 200, 200, 401]],
    ['RequireAndVerifyClientCert', needs('RequireAndVerifyClientCert'), [401, 200, 200, 401]],
    [
      'client_allowed_sans',
      needs('RequireAndVerifyClientCert', ', client_allowed_sans: [prometheus.example]'),
      [401, 200, 401, 401],
    ],
    [
      'an address in client_allowed_sans',
      needs('RequireAndVerifyClientCert', ', client_allowed_sans: ["2001:db8::1"]'),
      [401, 200, 401, 401],
    ],
  ])('%s: none, a named one, another, one of another authority', (_type, content, expected) =>
    withFile(content, async () => {
      const statuses = [
        await files.statusWith(),
        await files.statusWith(files.prometheus),
        await files.statusWith(stranger),
        await files.statusWith(forged),
      ];
      expect(statuses).toEqual(expected);
      expect(await files.statusWith(undefined, '/-/healthy')).toBe(200);
      expect(await files.statusWith(undefined, '/-/ready')).not.toBe(401);
    }),
  );

  test('and passwords together: both are needed', () =>
    withFile(needs('RequireAndVerifyClientCert') + USERS, async () => {
      const options = clientOptions(files.authority, files.prometheus);
      expect((await requestTls('/metrics', options)).status).toBe(401);
      const headers = basic('alice', PASSWORD);
      expect((await requestTls('/metrics', { ...options, headers })).status).toBe(200);
      const none = { ...clientOptions(files.authority), headers };
      expect((await requestTls('/metrics', none)).status).toBe(401);
    }));
});

describe('versions and ciphers of TLS', () => {
  test.each([
    ['min_version: TLS13', 'TLSv1.2', 'TLSv1.2', undefined],
    ['max_version: TLS12', 'TLSv1.3', 'TLSv1.3', undefined],
    ['min_version: TLS12', 'TLSv1.1', 'TLSv1.1', undefined],
    ['min_version: TLS12', 'TLSv1.2', 'TLSv1.2', 'TLSv1.2'],
    ['min_version: TLS13', 'TLSv1.2', 'TLSv1.3', 'TLSv1.3'],
  ] as const)('%s, a client with %s to %s', (more, minVersion, maxVersion, spoken) =>
    withFile(tls(`, ${more}`), async () => {
      const options = { ...clientOptions(files.authority), minVersion, maxVersion } as const;
      const asked = requestTls('/', options).then(
        ({ status }) => status,
        () => undefined,
      );
      expect(await asked).toBe(spoken === undefined ? undefined : 200);
    }),
  );

  test('cipher_suites and curve_preferences', () =>
    withFile(
      tls(
        ', max_version: TLS12, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curve_preferences: [CurveP384]',
      ),
      async () => {
        const ask = (more: object): Promise<number | string> =>
          requestTls('/', { ...clientOptions(files.authority), ...more }).then(
            ({ status }) => status,
            String,
          );
        expect(await ask({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toBe(200);
        expect(await ask({ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toContain('Error');
        // P-256 is the curve of the certificate.
        expect(await ask({ ecdhCurve: 'X25519:P-256' })).toContain('Error');
        expect(await ask({ ecdhCurve: 'P-384:P-256' })).toBe(200);
      },
    ));
});

test('http_server_config.headers wins over our own', () =>
  withFile(
    'http_server_config: { headers: { X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=60 } }',
    async (daemon) => {
      expect((await daemon.get('/')).headers).toMatchObject({
        'x-frame-options': 'sameorigin',
        'strict-transport-security': 'max-age=60',
        'x-content-type-options': 'nosniff',
      });
    },
  ));
