import * as v from 'valibot';
import { parseDuration } from './duration.ts';

/**
 * The file of `--web.config.file`, key by key, in the format of Prometheus's exporter-toolkit
 * (docs/web-configuration.md there). What is known there and not supported here is refused by name.
 */

const text = v.pipe(v.string('expected text'), v.nonEmpty('expected text'));
const fileName = v.pipe(v.string('expected a file name'), v.nonEmpty('expected a file name'));

/** Names of Go's crypto/tls for what happens without a client certificate, or with one. */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'RequireClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

/** Go's names of cipher suites of TLS 1.2 that it offers as secure, and OpenSSL's. */
export const CIPHERS: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
};

/** Go's names of curves, and OpenSSL's. */
export const CURVES: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
};

/** TLS10 and TLS11 are refused: RFC 8996, and OpenSSL does not speak them without a lower security level. */
const version = v.picklist(
  ['TLS12', 'TLS13'],
  'expected TLS12 or TLS13; older versions are not supported',
);

function namesOf(table: Readonly<Record<string, string>>, what: string) {
  const names = Object.keys(table);
  const item = v.picklist(names, `expected a supported ${what}: ${names.join(', ')}`);
  return v.array(item, `expected a list of ${what}s`);
}

const tlsServer = v.strictObject({
  cert: v.optional(text),
  key: v.optional(text),
  client_ca: v.optional(text),
  cert_file: v.optional(fileName),
  key_file: v.optional(fileName),
  client_ca_file: v.optional(fileName),
  client_auth_type: v.optional(
    v.picklist(CLIENT_AUTH_TYPES, `expected one of ${CLIENT_AUTH_TYPES.join(', ')}`),
    'NoClientCert',
  ),
  client_allowed_sans: v.optional(v.array(text, 'expected a list of names'), []),
  min_version: v.optional(version, 'TLS12'),
  max_version: v.optional(version, 'TLS13'),
  cipher_suites: v.optional(namesOf(CIPHERS, 'cipher suite'), []),
  prefer_server_cipher_suites: v.optional(v.boolean('expected true or false'), true),
  curve_preferences: v.optional(namesOf(CURVES, 'curve'), []),
});

const headers = v.strictObject({
  'Content-Security-Policy': v.optional(headerValue()),
  'Strict-Transport-Security': v.optional(headerValue()),
  'X-Content-Type-Options': v.optional(v.literal('nosniff', 'expected nosniff')),
  'X-Frame-Options': v.optional(v.picklist(['deny', 'sameorigin'], 'expected deny or sameorigin')),
  'X-XSS-Protection': v.optional(headerValue()),
});

/** What a header may have (RFC 9110, section 5.5), without what only old clients send. */
function headerValue() {
  const expected = 'expected text of one line, in ASCII';
  return v.pipe(v.string(expected), v.regex(/^[\x20-\x7e]*$/, expected));
}

const httpServer = v.strictObject({
  http2: v.optional(
    v.literal(false, 'HTTP/2 is not supported: expected false, or no such key'),
    false,
  ),
  headers: v.optional(headers, {}),
});

/**
 * bcrypt in the notation of crypt(5), as `htpasswd -B` writes it. Twice the time for each step of the cost: at 15 a
 * password takes some seconds of one core.
 */
const HASH = /^\$2[aby]\$(?:0[4-9]|1[0-5])\$[./A-Za-z\d]{53}$/;

const expectUsers = 'expected a mapping of names to bcrypt hashes';

const users = v.pipe(
  // valibot takes a list for a record, and makes an empty one of it: nobody would be asked for a password.
  v.custom<object>((value) => typeof value === 'object' && !Array.isArray(value), expectUsers),
  v.record(
    v.string(),
    v.pipe(
      v.string('expected a bcrypt hash'),
      v.regex(HASH, 'expected a bcrypt hash ($2a$, $2b$ or $2y$) with a cost from 04 to 15'),
    ),
    expectUsers,
  ),
);

const expectInterval = 'expected a duration such as 100ms; 0 for no limit';

const rateLimit = v.strictObject({
  interval: v.pipe(
    v.union([v.string(), v.number()], expectInterval),
    v.transform((value) => parseDuration(String(value))),
    v.check((seconds) => seconds >= 0 && seconds <= 3600, expectInterval),
  ),
  burst: v.pipe(
    v.number('expected a whole number'),
    v.integer('expected a whole number'),
    v.minValue(1, 'expected 1 or more'),
    v.maxValue(1_000_000, 'expected 1000000 or less'),
  ),
});

/** Every key is optional; an unknown one is an error. */
export const WebSchema = v.strictObject({
  tls_server_config: v.optional(tlsServer),
  http_server_config: v.optional(httpServer, {}),
  basic_auth_users: v.optional(users, {}),
  rate_limit: v.optional(rateLimit),
});

export type WebDocument = v.InferOutput<typeof WebSchema>;
