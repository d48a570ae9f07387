import type { BuildInfo } from './build-info.ts';
import { ConfigError } from './config/config-error.ts';
import { defaultConfig } from './config/defaults.ts';
import type { Config } from './config/schema.ts';
import { FlagError, type Flags } from './cli/flags.ts';
import { type ListenAddress, ListenError, parseListenAddress } from './http/listen-address.ts';
import { RemoteNames } from './config/remote-names.ts';
import type { SelfStatus, SourceStatus } from './metrics/self-families.ts';
import type { WorkerOptions } from './sampler/messages.ts';
import type { SamplerStatus } from './sampler/sampler.ts';

/** Everything in force: the flags over the configuration, cut into what each part needs. */
export interface Settings {
  readonly sampler: WorkerOptions;
  readonly names: RemoteNames;
  readonly addresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly build: BuildInfo;
  /** Keys of the configuration that a flag overrides with another value, and their values in the file. */
  readonly overridden: readonly Overridden[];
  /** Unix time at which the configuration was read. */
  readonly configReadSeconds: number;
}

interface Overridden {
  readonly key: string;
  readonly flag: string;
  readonly fromFile: string | number;
}

/** Reads the configuration at each call. Throws `ConfigError`. */
export type ConfigReader = () => Config;

/** The reader of the configuration. The YAML parser is loaded only where there is a file. */
export async function configReader({ configFile }: Flags): Promise<ConfigReader> {
  if (configFile === undefined) return defaultConfig;
  const { loadConfig } = await import('./config/load.ts');
  return () => loadConfig(configFile);
}

/** The settings of the configuration with the flags over it. Throws `FlagError`. */
export function settingsOf(flags: Flags, build: BuildInfo, config: Config): Settings {
  return {
    sampler: samplerOptions(flags, config),
    names: new RemoteNames(config.endpoints.names),
    addresses: flags.listenAddresses.map(listenAddress),
    telemetryPath: flags.telemetryPath,
    build,
    overridden: overriddenKeys(flags, config),
    configReadSeconds: Date.now() / 1000,
  };
}

/** Checks the configuration file; returns what to print. Throws `ConfigError`, and `FlagError` without a file. */
export function checkConfig({ configFile }: Flags, readConfig: ConfigReader): string {
  if (configFile === undefined) throw new FlagError('--config.check: needs --config.file');
  readConfig();
  return `${configFile}: good`;
}

/** Whether the user can correct the error, so that its message is shown without a stack. */
export function isUserError(error: unknown): error is Error {
  return error instanceof FlagError || error instanceof ConfigError || error instanceof ListenError;
}

function samplerOptions(flags: Flags, config: Config): WorkerOptions {
  const { poll, history, endpoints, namespaces, alerts } = config;
  const intervalSeconds = flags.pollIntervalSeconds ?? poll.interval;
  return {
    poll: {
      procfs: flags.procfs,
      source: flags.pollSource ?? poll.source,
      namespaces: { ...namespaces, podLogs: flags.podLogs },
      history: { windowSeconds: history.window, intervalSeconds, pools: history.pools },
      alerts,
      shortlist: {
        limit: endpoints.limit,
        limitAtRisk: endpoints.limit_at_risk,
        minRatio: endpoints.min_ratio,
      },
    },
    intervalSeconds,
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

function listenAddress(text: string): ListenAddress {
  try {
    return parseListenAddress(text);
  } catch (error) {
    throw new FlagError(`--web.listen-address: ${error instanceof Error ? error.message : text}`);
  }
}

/** The state of the exporter itself, after the latest poll and the latest reload. */
export function selfStatus(
  settings: Settings,
  sampler: SamplerStatus,
  lastReloadSuccessful = true,
): SelfStatus {
  const { build, configReadSeconds } = settings;
  return {
    build: { version: build.version, revision: build.revision },
    pollIntervalSeconds: settings.sampler.intervalSeconds,
    lastSuccessSeconds: sampler.snapshot?.takenAtSeconds,
    sources: sourcesOf(settings, sampler),
    features: featuresOf(sampler),
    malformedRows: sampler.malformedRows,
    skippedPolls: sampler.skippedPolls,
    config: { lastReloadSuccessful, lastReloadSuccessSeconds: configReadSeconds },
  };
}

/**
 * The sources of the last poll; of the one that runs now where that does not end. One that failed counts as netlink only
 * where netlink was chosen: `auto` ends with /proc.
 */
function sourcesOf(
  { sampler }: Settings,
  { lastPoll, isOverdue }: SamplerStatus,
): readonly SourceStatus[] | undefined {
  if (lastPoll?.ok) {
    return lastPoll.snapshot.sources.map((reading) => ({ ...reading, ok: !isOverdue }));
  }
  const source = sampler.poll.source === 'netlink' ? 'netlink' : 'proc';
  if (lastPoll !== undefined) {
    return [{ source, ok: false, durationSeconds: lastPoll.durationSeconds, rows: 0 }];
  }
  return isOverdue ? [{ source, ok: false }] : undefined;
}

function featuresOf({ lastPoll }: SamplerStatus): SelfStatus['features'] {
  if (!lastPoll?.ok) return { netlink: false, netnsRange: false };
  const { sources, problems } = lastPoll.snapshot;
  const netlink = sources.some(({ source }) => source === 'netlink');
  return { netlink, netnsRange: problems.settings === '' };
}
