import type { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../config/web-config.ts';

type Policy = Pick<TlsConfig, 'clientAuth' | 'allowedNames'>;

/** Why a client's certificate does not let it in; undefined where it does, or none is needed. */
export function certificateProblem(socket: TLSSocket, policy: Policy): string | undefined {
  const { clientAuth, allowedNames } = policy;
  if (clientAuth === 'NoClientCert' || clientAuth === 'RequestClientCert') return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    return clientAuth === 'VerifyClientCertIfGiven' ? undefined : 'a client certificate is needed';
  }
  if (clientAuth === 'RequireAnyClientCert' || clientAuth === 'RequireClientCert') return undefined;
  if (!socket.authorized) {
    return `the client certificate is not good (${String(socket.authorizationError)})`;
  }
  if (allowedNames.length === 0 || hasOneOf(certificate, allowedNames)) return undefined;
  return 'no name in the client certificate is allowed (client_allowed_sans)';
}

function hasOneOf(certificate: X509Certificate, allowed: readonly string[]): boolean {
  const names = alternativeNames(certificate.subjectAltName ?? '');
  return allowed.map(canonical).some((name) => names.includes(name));
}

/**
 * The DNS names, addresses, e-mail addresses and URIs in Node's text of a certificate's alternative names, such as
 * `DNS:a.example, IP Address:10.0.0.1`. Names with a comma or a quote in them are JSON there, so that no name can pass for
 * two (CVE-2021-44532).
 */
export function alternativeNames(text: string): readonly string[] {
  const items = text.matchAll(
    /(DNS|IP Address|email|URI|[^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy,
  );
  return Array.from(items).flatMap(([, kind = '', value = '']) => {
    if (!['DNS', 'IP Address', 'email', 'URI'].includes(kind)) return [];
    const name = value.startsWith('"') ? unquoted(value) : value;
    return name === undefined ? [] : [canonical(name)];
  });
}

/** Undefined for what is no JSON, so that no certificate makes a connection's handler throw. */
function unquoted(json: string): string | undefined {
  try {
    return String(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/**
 * An IPv6 address in its short form (RFC 5952), which certificates do not have; anything else as it is, also an address
 * with a zone, which is none of a certificate.
 */
function canonical(name: string): string {
  return isIPv6(name) && !name.includes('%')
    ? new URL(`http://[${name}]`).hostname.slice(1, -1)
    : name;
}
