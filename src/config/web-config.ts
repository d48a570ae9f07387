import { dirname, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { type Keys, parseBySchema } from './load.ts';
import {
  CIPHERS,
  type CLIENT_AUTH_TYPES,
  CURVES,
  type WebDocument,
  WebSchema,
} from './web-schema.ts';

/** Who may come in, and how: what the file of `--web.config.file` says. */
export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** Headers of every answer, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** bcrypt hashes by user; without a user there is no password. */
  readonly users: ReadonlyMap<string, string>;
  /** Of all requests; undefined: no limit. */
  readonly rateLimit: { readonly burst: number; readonly everySeconds: number } | undefined;
}

export interface TlsConfig {
  readonly certificate: Pem;
  readonly key: Pem;
  /** Those whose certificates clients may have. */
  readonly clientCa: Pem | undefined;
  readonly clientAuth: ClientAuth;
  /** One of these must be among the names in a client's certificate; empty: any. */
  readonly allowedNames: readonly string[];
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's notation; undefined: the defaults of Node.js. */
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
  readonly serverChoosesCipher: boolean;
}

/** Go's name; `RequireClientCert` is an older one of `RequireAnyClientCert`. */
export type ClientAuth = (typeof CLIENT_AUTH_TYPES)[number];

/** A text in PEM, or the absolute path of a file that has it. */
export type Pem = { readonly text: string } | { readonly file: string };

/** Checks the text of the file `path`; names of files in it are relative to its folder. Throws `ConfigError`. */
export function parseWebConfig(path: string, text: string): WebConfig {
  const document = parseBySchema(WebSchema, path, text, isSecret);
  const { tls_server_config: tls, http_server_config, basic_auth_users, rate_limit } = document;
  const fail = (key: string, problem: string): never => {
    throw new ConfigError(`${path}: tls_server_config${key}: ${problem}`);
  };
  return {
    tls: tls && tlsConfig(tls, dirname(resolve(path)), fail),
    headers: headersOf(http_server_config.headers),
    users: new Map(Object.entries(basic_auth_users)),
    rateLimit: rate_limit && rateOf(rate_limit),
  };
}

/** Keys whose values no message shows. */
function isSecret([section, key]: Keys): boolean {
  return section === 'basic_auth_users' || (section === 'tls_server_config' && key === 'key');
}

/** An empty value stands for none, as in exporter-toolkit. */
function headersOf(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value = '']) =>
    value === '' ? [] : [[name.toLowerCase(), value] as const],
  );
  return Object.fromEntries(entries);
}

function rateOf({ interval, burst }: { interval: number; burst: number }): WebConfig['rateLimit'] {
  return interval === 0 ? undefined : { burst, everySeconds: interval };
}

type Tls = NonNullable<WebDocument['tls_server_config']>;
type Fail = (key: string, problem: string) => never;

function tlsConfig(tls: Tls, folder: string, fail: Fail): TlsConfig {
  const pem = (inline: 'cert' | 'key' | 'client_ca'): Pem | undefined => {
    const [text, file] = [tls[inline], tls[`${inline}_file`]];
    if (text !== undefined && file !== undefined)
      fail('', `expected ${inline} or ${inline}_file, found both`);
    if (file !== undefined) return { file: resolve(folder, file) };
    return text === undefined ? undefined : { text };
  };
  const clientCa = pem('client_ca');
  checkClientAuth(tls, clientCa, fail);
  if (tls.min_version > tls.max_version)
    fail('.min_version', 'expected one that is not above max_version');
  return {
    certificate: pem('cert') ?? fail('', 'cert_file or cert is required'),
    key: pem('key') ?? fail('', 'key_file or key is required'),
    clientCa,
    clientAuth: tls.client_auth_type,
    allowedNames: tls.client_allowed_sans,
    minVersion: VERSIONS[tls.min_version],
    maxVersion: VERSIONS[tls.max_version],
    ciphers: translated(tls.cipher_suites, CIPHERS),
    curves: translated(tls.curve_preferences, CURVES),
    serverChoosesCipher: tls.prefer_server_cipher_suites,
  };
}

const VERSIONS = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

function translated(
  names: readonly string[],
  table: Readonly<Record<string, string>>,
): string | undefined {
  return names.length === 0 ? undefined : names.map((name) => table[name]).join(':');
}

/** A setting that would let in more than it seems to is refused. */
function checkClientAuth(tls: Tls, clientCa: Pem | undefined, fail: Fail): void {
  const { client_auth_type: type, client_allowed_sans: sans } = tls;
  const verifies = type === 'RequireAndVerifyClientCert' || type === 'VerifyClientCertIfGiven';
  if (verifies && clientCa === undefined) {
    fail(
      '.client_auth_type',
      `${type} needs client_ca_file or client_ca, for not any authority will do`,
    );
  }
  if (type === 'NoClientCert' && clientCa !== undefined) {
    fail(
      '.client_auth_type',
      'with client_ca_file or client_ca, expected one that asks for a certificate',
    );
  }
  if (sans.length > 0 && !verifies) {
    fail(
      '.client_allowed_sans',
      'needs a client_auth_type that verifies, for anybody can make any certificate',
    );
  }
}
