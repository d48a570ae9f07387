import type { BuildInfo } from './build-info.ts';
import { ConfigError, defaultConfig, loadConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { FlagError, type Flags } from './flags.ts';
import { type ListenAddress, ListenError, parseListenAddress } from './http/listen-address.ts';
import { RemoteNames } from './metrics/remote-names.ts';
import type { LastPoll, SelfStatus } from './metrics/self-families.ts';
import type { AdviceThresholds } from './once/advice.ts';
import type { WorkerOptions } from './sampler/messages.ts';
import type { SamplerStatus } from './sampler/sampler.ts';

/** Everything in force: the flags over the configuration, cut into what each part needs. */
export interface Settings {
  readonly sampler: WorkerOptions;
  readonly names: RemoteNames;
  readonly thresholds: AdviceThresholds;
  readonly addresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly build: BuildInfo;
  /** Unix time at which the configuration was read. */
  readonly configReadSeconds: number;
}

/** Reads the configuration file, if there is one, and lays the flags over it. Throws `ConfigError`. */
export function readSettings(flags: Flags, build: BuildInfo): Settings {
  const config = flags.configFile === undefined ? defaultConfig() : loadConfig(flags.configFile);
  return {
    sampler: samplerOptions(flags, config),
    names: new RemoteNames(config.endpoints.names),
    thresholds: {
      usageRatio: config.alerts.EphemeralPortsExhaustion.warning,
      firstPassRatio: config.alerts.EphemeralPortsSlowConnect.info,
    },
    addresses: flags.listenAddresses.map(listenAddress),
    telemetryPath: flags.telemetryPath,
    build,
    configReadSeconds: Date.now() / 1000,
  };
}

/** Checks the configuration file alone. Throws `ConfigError`. */
export function checkConfig({ configFile }: Flags): string {
  if (configFile === undefined) throw new FlagError('--config.check: needs --config.file');
  loadConfig(configFile);
  return `${configFile}: good`;
}

/** Whether the error is the user's to mend, so that its message says all. */
export function isUserError(error: unknown): error is Error {
  return error instanceof FlagError || error instanceof ConfigError || error instanceof ListenError;
}

function samplerOptions(flags: Flags, { poll, endpoints }: Config): WorkerOptions {
  return {
    poll: {
      procfs: flags.procfs,
      shortlist: { limit: endpoints.limit, minRatio: endpoints.min_ratio },
    },
    intervalSeconds: flags.pollIntervalSeconds ?? poll.interval,
  };
}

function listenAddress(text: string): ListenAddress {
  try {
    return parseListenAddress(text);
  } catch (error) {
    throw new FlagError(`--web.listen-address: ${error instanceof Error ? error.message : text}`);
  }
}

/** What the exporter knows about itself, given what the sampler did. */
export function selfStatus(settings: Settings, sampler: SamplerStatus): SelfStatus {
  const { build, configReadSeconds } = settings;
  return {
    build: { version: build.version, revision: build.revision },
    pollIntervalSeconds: settings.sampler.intervalSeconds,
    lastSuccessSeconds: sampler.snapshot?.takenAtSeconds,
    source: 'proc',
    lastPoll: lastPoll(sampler),
    parseErrors: sampler.damagedRows,
    pollsOverrun: sampler.overrun,
    config: { lastReloadSuccessful: true, lastReloadSuccessSeconds: configReadSeconds },
  };
}

function lastPoll({ lastPoll: report }: SamplerStatus): LastPoll | undefined {
  if (report === undefined) return undefined;
  if (!report.ok) return { ok: false, durationSeconds: report.durationSeconds, rows: 0 };
  return { ok: true, ...report.snapshot };
}
