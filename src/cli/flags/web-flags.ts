import type { FlagValues } from './arguments.ts';
import { FlagError, type FlagRow } from './flag.ts';

/** The flags `--web.*`; undefined where a flag without a default was not given. */
export interface WebFlags {
  readonly webConfigFile: string | undefined;
  readonly listenAddresses: readonly string[];
  readonly systemdSocket: boolean;
  readonly telemetryPath: string;
  readonly hasPage: boolean;
  readonly externalUrl: string | undefined;
  readonly routePrefix: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly maxRequests: number;
  readonly exporterMetrics: boolean;
}

/** In the order of `--help`. */
export const WEB_FLAGS: readonly FlagRow[] = [
  {
    name: 'web.config.file',
    value: 'FILE',
    help: 'Certificates and users in YAML, as other exporters have it. Default: none, plain HTTP for all.',
  },
  {
    name: 'web.listen-address',
    value: 'ADDRESS',
    help: 'Address to serve on: ":9065", "127.0.0.1:9065", "[::1]:9065". Repeatable. Default: :9065.',
    multiple: true,
  },
  {
    name: 'web.systemd-socket',
    help: 'Serve on the sockets that systemd has opened, in place of --web.listen-address.',
  },
  { name: 'web.telemetry-path', value: 'PATH', help: 'Path of the metrics. Default: /metrics.' },
  {
    name: 'web.disable-page',
    help: 'Serve a plain page with links at "/", and not the live page.',
  },
  {
    name: 'web.external-url',
    value: 'URL',
    help: 'Where browsers find this exporter, if behind a proxy. Its path is the prefix of all paths.',
  },
  {
    name: 'web.route-prefix',
    value: 'PATH',
    help: 'Prefix of all paths that are served. Default: the path of --web.external-url.',
  },
  {
    name: 'web.allowed-hosts',
    value: 'NAMES',
    help: "Names by which browsers may come, beside this host's, with commas between. Repeatable.",
    multiple: true,
  },
  {
    name: 'web.max-requests',
    value: 'NUMBER',
    help: 'Scrapes that are answered at the same time; 0: any number. Default: 40.',
  },
  {
    name: 'web.disable-exporter-metrics',
    help: 'Leave out the metrics of the process and of Node.js (process_*, nodejs_*).',
  },
];

/** Throws `FlagError`. */
export function webFlags(values: FlagValues): WebFlags {
  const text = (name: string): string | undefined => values.get(name)?.at(-1);
  return {
    webConfigFile: text('web.config.file'),
    listenAddresses: values.get('web.listen-address') ?? [':9065'],
    systemdSocket: values.has('web.systemd-socket'),
    telemetryPath: telemetryPath(text('web.telemetry-path') ?? '/metrics'),
    hasPage: !values.has('web.disable-page'),
    externalUrl: text('web.external-url'),
    routePrefix: text('web.route-prefix'),
    allowedHosts: (values.get('web.allowed-hosts') ?? []).flatMap(hostNames),
    maxRequests: maxRequests(text('web.max-requests') ?? '40'),
    exporterMetrics: !values.has('web.disable-exporter-metrics'),
  };
}

/** Paths of the HTTP server that the metrics cannot have. */
const RESERVED_PATHS = /^\/(?:$|-\/(?:healthy|ready|reload)$|api\/v1\/|assets\/)/;

function telemetryPath(path: string): string {
  const isPlain = /^(?:\/[\w-][\w.-]*)+$/.test(path);
  if (isPlain && !RESERVED_PATHS.test(path)) return path;
  throw new FlagError(
    `--web.telemetry-path: expected a free path such as /metrics, found "${path}"`,
  );
}

function hostNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !/^[\w.-]+$/.test(name));
  if (wrong === undefined) return names;
  throw new FlagError(
    `--web.allowed-hosts: expected names such as node1.example.com, without a port, found "${wrong}"`,
  );
}

function maxRequests(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new FlagError(`--web.max-requests: expected a whole number such as 40, found "${text}"`);
}
