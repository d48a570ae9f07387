import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** What browsers ask for, and only they: none of these is sent by Prometheus, curl or a kubelet. */
const BROWSER_HEADERS = [
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  // Browsers leave Sec-Fetch-* out on plain HTTP, but for loopback (W3C Fetch Metadata, section 2). A page can set the
  // header below, but it cannot leave it out (Fetch standard, "HTTP-network-or-cache fetch").
  'accept-language',
  'origin',
  'referer',
] as const;

interface Request {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Refuses what the page of another site makes a browser ask for. The browser of somebody who may reach the exporter would
 * otherwise be a way in for every site that this person visits.
 */
export class BrowserGuard {
  readonly #hosts: ReadonlySet<string>;

  /** `hosts` are names, without ports, by which browsers may come beside the names of this host. */
  constructor(hosts: readonly string[]) {
    this.#hosts = new Set(hosts.map(canonical));
  }

  /** Why the request is refused; undefined where it is not. */
  refusal({ method, headers }: Request): string | undefined {
    if (!isFromBrowser(headers)) return undefined;
    const host = hostOf(headers.host ?? '');
    // A site can give its own name the address of this host (DNS rebinding). The browser then takes the exporter for
    // that site and lets the site's page read all; only the name in the Host header tells.
    if (!this.#isOurs(host)) {
      return `"${host}" is no name of this host that is known here: add it with --web.allowed-hosts`;
    }
    const reads = method === 'GET' || method === 'HEAD';
    const isForeign = reads ? isForeignRead(headers) : this.#isForeignWrite(headers);
    return isForeign ? 'the page of another site may not ask for this' : undefined;
  }

  #isOurs(host: string): boolean {
    if (isIP(host) !== 0) return true;
    if (host === 'localhost' || host.endsWith('.localhost')) return true;
    const own = canonical(hostname());
    return host === own || host === own.split('.')[0] || this.#hosts.has(host);
  }

  #isForeignWrite(headers: IncomingHttpHeaders): boolean {
    const { origin, host } = headers;
    if (isOtherSite(headers)) return true;
    if (origin === undefined) return false;
    const from = URL.canParse(origin) ? new URL(origin) : undefined;
    if (from === undefined) return true;
    // Behind a proxy the page's host is the one in --web.external-url, and Host is what the proxy asks for.
    return from.host !== host?.toLowerCase() && !this.#hosts.has(from.hostname);
  }
}

function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  return BROWSER_HEADERS.some((name) => headers[name] !== undefined);
}

/** A link on another page may lead here; but no other page gets an answer into its hands. */
function isForeignRead(headers: IncomingHttpHeaders): boolean {
  return isOtherSite(headers) && headers['sec-fetch-mode'] !== 'navigate';
}

function isOtherSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** The name or address in a Host header, without port and brackets. */
function hostOf(header: string): string {
  const [, bracketed, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? [];
  return canonical(bracketed ?? name ?? header);
}

/** In lower case, without the dot at the end of a full name. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
