import type { BuildInfo } from './build-info.ts';
import { ConfigError } from './config/config-error.ts';
import { ConfigFile, type ReadConfig } from './config/config-file.ts';
import { defaultConfig } from './config/defaults.ts';
import type { Config } from './config/schema.ts';
import { FlagError } from './cli/flags/flag.ts';
import type { Flags } from './cli/flags/flags.ts';
import { type WebPaths, webPaths } from './http/external-url.ts';
import { type ListenAddress, ListenError, parseListenAddress } from './http/listen-address.ts';
import { historyBytes, type HistoryOptions } from './history/history.ts';
import { RemoteNames } from './config/remote-names.ts';
import type { WorkerOptions } from './sampler/messages.ts';

/** Everything in force: the flags over the configuration, cut into what each part needs. */
export interface Settings {
  readonly sampler: WorkerOptions;
  readonly names: RemoteNames;
  readonly web: WebSettings;
  /** Where incidents outlive the exporter; undefined: nowhere. */
  readonly incidentsFile: string | undefined;
  readonly build: BuildInfo;
  /** Keys of the configuration that a flag overrides with another value, and their values in the file. */
  readonly overridden: readonly Overridden[];
  /** Unix time at which the configuration was read. */
  readonly configReadSeconds: number;
}

/** What the flags `--web.*` say; it stays until the process ends. */
export interface WebSettings {
  /** The file of `--web.config.file`. */
  readonly configFile: string | undefined;
  readonly addresses: readonly ListenAddress[] | 'systemd';
  readonly telemetryPath: string;
  /** Whether `/` is the live page, or a plain one with links. */
  readonly hasPage: boolean;
  readonly paths: WebPaths;
  readonly allowedHosts: readonly string[];
  readonly maxRequests: number;
  /** Whether the page has the metrics of the process and of Node.js. */
  readonly exporterMetrics: boolean;
}

interface Overridden {
  readonly key: string;
  readonly flag: string;
  readonly fromFile: string | number;
}

/** Settings, and what tells whether the file that they are from has changed since; empty texts without a file. */
export interface LoadedSettings extends Pick<ReadConfig, 'hash' | 'identity'> {
  readonly settings: Settings;
}

/** Reads the configuration anew at each call, and puts the flags over it. */
export class SettingsLoader {
  readonly #flags: Flags;
  readonly #build: BuildInfo;
  readonly #file: ConfigFile | undefined;

  constructor(flags: Flags, build: BuildInfo) {
    this.#flags = flags;
    this.#build = build;
    this.#file = flags.configFile === undefined ? undefined : new ConfigFile(flags.configFile);
  }

  /** Whether the file is being read, in a thread that cannot be ended while its file system hangs. */
  get isReading(): boolean {
    return this.#file?.isReading === true;
  }

  /** `settled` waits until nobody is writing the file. Throws an error that `isUserError` knows. */
  async load(settled: boolean): Promise<LoadedSettings> {
    const read = await this.#file?.read(settled);
    const { config, hash, identity } = read ?? { config: defaultConfig(), hash: '', identity: '' };
    const settings = settingsOf(this.#flags, this.#build, config, hash);
    return { settings, hash, identity };
  }
}

/**
 * The settings of the configuration with the flags over it; `hash` is that of the file. Throws `FlagError`, and
 * `ConfigError` where flags and keys do not fit together.
 */
export function settingsOf(flags: Flags, build: BuildInfo, config: Config, hash = ''): Settings {
  const sampler = samplerOptions(flags, config);
  checkHistory(flags, sampler.poll.history, hash);
  return {
    sampler,
    names: new RemoteNames(config.endpoints.names),
    web: webSettings(flags),
    incidentsFile: config.incidents.file || undefined,
    build,
    overridden: overriddenKeys(flags, config),
    configReadSeconds: Date.now() / 1000,
  };
}

/**
 * Chosen: while a reload replaces a history, the old one and the new one take memory; twice this much, and what the
 * exporter takes with 400,000 endpoints, is less than the unit and the manifests give.
 */
const MAX_HISTORY_BYTES = 64 * 1024 * 1024;

/** The bound of three keys together, each of which is within its own. */
function checkHistory(
  { configFile, pollIntervalSeconds }: Flags,
  history: HistoryOptions,
  hash: string,
): void {
  const bytes = historyBytes(history);
  if (bytes <= MAX_HISTORY_BYTES) return;
  const { windowSeconds, intervalSeconds, pools } = history;
  const interval = pollIntervalSeconds === undefined ? 'poll.interval' : '--poll.interval';
  const megabytes = (amount: number): number => Math.ceil(amount / 1024 / 1024);
  throw new ConfigError(
    `${configFile ?? 'the defaults'}: history.window (${windowSeconds} s) / ${interval} (${intervalSeconds} s) × ` +
      `history.pools (${pools}): expected ${megabytes(MAX_HISTORY_BYTES)} MiB of memory at most, ` +
      `found ${megabytes(bytes)} MiB`,
    { hash },
  );
}

/** Whether the user can correct the error, so that its message is shown without a stack. */
export function isUserError(error: unknown): error is Error {
  return error instanceof FlagError || error instanceof ConfigError || error instanceof ListenError;
}

function samplerOptions(flags: Flags, config: Config): WorkerOptions {
  const { poll, history, endpoints, namespaces, owners, alerts, failures } = config;
  const intervalSeconds = flags.pollIntervalSeconds ?? poll.interval;
  return {
    poll: {
      procfs: flags.procfs,
      source: flags.pollSource ?? poll.source,
      failures,
      namespaces: { ...namespaces, podLogs: flags.podLogs },
      owners: { find: owners, cgroupfs: flags.cgroupfs },
      history: { windowSeconds: history.window, intervalSeconds, pools: history.pools },
      alerts,
      shortlist: {
        limit: endpoints.limit,
        limitAtRisk: endpoints.limit_at_risk,
        minRatio: endpoints.min_ratio,
      },
      services: config.service_ports,
    },
    intervalSeconds,
    names: endpoints.names,
  };
}

function overriddenKeys(flags: Flags, { poll }: Config): Settings['overridden'] {
  const { pollIntervalSeconds, pollSource } = flags;
  const pairs = [
    ['poll.interval', '--poll.interval', pollIntervalSeconds, poll.interval],
    ['poll.source', '--poll.source', pollSource, poll.source],
  ] as const;
  return pairs
    .filter(([, , fromFlag, fromFile]) => fromFlag !== undefined && fromFlag !== fromFile)
    .map(([key, flag, , fromFile]) => ({ key, flag, fromFile }));
}

function webSettings(flags: Flags): WebSettings {
  const { telemetryPath, hasPage, allowedHosts, maxRequests, exporterMetrics } = flags;
  const configFile = flags.webConfigFile;
  const addresses = flags.systemdSocket ? 'systemd' : flags.listenAddresses.map(listenAddress);
  const paths = pathsOf(flags);
  return {
    configFile,
    addresses,
    telemetryPath,
    hasPage,
    paths,
    allowedHosts,
    maxRequests,
    exporterMetrics,
  };
}

function pathsOf({ externalUrl, routePrefix }: Flags): WebPaths {
  try {
    return webPaths(externalUrl, routePrefix);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new FlagError(problem, { cause: error });
  }
}

function listenAddress(text: string): ListenAddress {
  try {
    return parseListenAddress(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : text;
    throw new FlagError(`--web.listen-address: ${problem}`, { cause: error });
  }
}
