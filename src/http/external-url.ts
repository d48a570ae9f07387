/** Where the paths begin, here and for whoever comes through a proxy. */
export interface WebPaths {
  /** Before each path that is served here; empty where there is none. */
  readonly prefix: string;
  /** Before each path in a link. */
  readonly linkPrefix: string;
  /** The name by which browsers come, without the port. */
  readonly externalHost: string | undefined;
}

/**
 * The paths for `--web.external-url` and `--web.route-prefix`, which mean what they do in Prometheus and
 * blackbox_exporter. Throws `RangeError`, which says what was expected.
 */
export function webPaths(
  externalUrl: string | undefined,
  routePrefix: string | undefined,
): WebPaths {
  const url = externalUrl === undefined ? undefined : parseUrl(externalUrl);
  const externalPath = url === undefined ? undefined : trimmed(url.pathname);
  const prefix = routePrefix === undefined ? (externalPath ?? '') : trimmed(routePrefix);
  if (!/^(?:\/[\w.~-]+)*$/.test(prefix)) {
    throw new RangeError(
      `--web.route-prefix: expected a path such as /exporter, found "${prefix}"`,
    );
  }
  return { prefix, linkPrefix: externalPath ?? prefix, externalHost: url?.hostname };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new RangeError(
    `--web.external-url: expected a URL such as https://example.com/exporter, found "${text}"`,
  );
}

/** `/a/b` of `a/b/`; empty of `/`. */
function trimmed(path: string): string {
  const inner = path.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `/${inner}`;
}
