import type { Logger } from 'pino';
import { logTransitions } from './alert-log.ts';
import { formatListenAddress } from '../http/listen-address.ts';
import { HttpServer, type ServerOptions } from '../http/server.ts';
import { exitNow } from '../kernel/libc.ts';
import { MetricsPage } from '../metrics/page.ts';
import { logPolls } from './poll-log.ts';
import { logServicePorts } from './service-port-log.ts';
import { LiveSettings } from './reload.ts';
import { IncidentKeeper } from './incident-keeper.ts';
import type { Signals } from './signals.ts';
import type { Sampler } from '../sampler/sampler.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { type LoadedSettings, type Settings, type SettingsLoader } from '../settings.ts';
import { selfStatus } from '../self-status.ts';

export interface DaemonOptions {
  readonly loaded: LoadedSettings;
  /** Already started. */
  readonly sampler: Sampler;
  readonly loader: SettingsLoader;
  readonly configFile: string | undefined;
  /** Where procfs is mounted. */
  readonly procfs: string;
  readonly signals: Signals;
}

/** How long requests in flight may take to end, in milliseconds. Chosen, well below the grace periods of systemd and Kubernetes. */
const CLOSE_MS = 3000;

/** Runs the exporter until a signal: sampler → page → server. Throws `ListenError`. */
export async function runDaemon(options: DaemonOptions, log: Logger): Promise<void> {
  const { loaded, sampler, loader, configFile, procfs, signals } = options;
  const { settings: initial } = loaded;
  const keeper = new IncidentKeeper(log);
  const apply = (settings: Settings): Promise<string | undefined> =>
    putInForce(settings, sampler, keeper);
  endOnDefect(log);
  const load = (): Promise<LoadedSettings> => loader.load(true);
  const live = new LiveSettings({ initial: loaded, load, apply, log });
  const lastSuccessful = (): boolean => live.lastSuccessful && server.lastAccessSuccessful;
  const page = new MetricsPage({
    names: () => live.current.names,
    snapshot: () => sampler.fresh,
    latestPoll: () => sampler.status.lastPoll,
    status: () => selfStatus(live.current, sampler.status, lastSuccessful()),
    exporterMetrics: initial.web.exporterMetrics,
  });
  const server: HttpServer = new HttpServer({
    ...initial.web,
    version: initial.build.version,
    procfs,
    page,
    isReady: () => sampler.fresh !== undefined,
    isHealthy: () => sampler.isAnswering,
    ask: (question) => sampler.ask(question),
    incidents: () => keeper.incidents.json(),
    reload: async () => (await live.reload('HTTP')) ?? (await server.reloadAccess()),
    ...accessLog(log),
  });
  await server.listen();
  log.info(listening(initial));
  const mayHang = (): boolean => loader.isReading || keeper.isBusy;
  stopOnSignal({ signals, server, sampler, keeper, mayHang, log });
  followPolls({ sampler, keeper, page, live, log });
  signals.on('SIGHUP', () => {
    void live.reload('SIGHUP');
    void server.reloadAccess();
  });
  if (configFile !== undefined) await watchConfig(configFile, loaded.identity, live, log);
}

/** Resolves with what is wrong, where nothing of it is in force. */
async function putInForce(
  settings: Settings,
  sampler: Sampler,
  keeper: IncidentKeeper,
): Promise<string | undefined> {
  const problem = await sampler.reconfigure(settings.sampler);
  if (problem === undefined) keeper.use(settings.incidentsFile);
  return problem;
}

interface Followers {
  readonly sampler: Sampler;
  readonly keeper: IncidentKeeper;
  readonly page: MetricsPage;
  readonly live: LiveSettings;
  readonly log: Logger;
}

/** What happens after each poll. */
function followPolls({ sampler, keeper, page, live, log }: Followers): void {
  logPolls(sampler, log);
  keeper.use(live.current.incidentsFile);
  keeper.follow(sampler);
  sampler.onPoll((report) => {
    if (report.ok) logChanges(report.snapshot, live.current, log);
    page.refresh().catch((error: unknown) => {
      log.error({ err: error }, 'the page could not be rendered');
    });
  });
}

function logChanges(snapshot: Snapshot, { names }: Settings, log: Logger): void {
  logTransitions(snapshot, names, log);
  logServicePorts(snapshot, log);
}

/** Logs what becomes of a change of the file of `--web.config.file`. */
function accessLog(log: Logger): Pick<ServerOptions, 'accessChanged' | 'accessRefused'> {
  return {
    accessChanged: () => {
      log.info('web configuration reloaded');
    },
    accessRefused: (problem) => {
      log.error({ problem }, `web configuration not reloaded, the last good one stays: ${problem}`);
    },
  };
}

function listening({ web: { addresses, paths, telemetryPath } }: Settings): string {
  const where =
    addresses === 'systemd'
      ? "systemd's sockets"
      : addresses.map(formatListenAddress).join(' and ');
  return `listening on ${where}, metrics at ${paths.prefix}${telemetryPath}`;
}

/** The watcher is loaded only where there is a file. */
async function watchConfig(
  path: string,
  identity: string,
  live: LiveSettings,
  log: Logger,
): Promise<void> {
  const { FileWatcher } = await import('../config/watch.ts');
  const failed = (error: unknown): void => {
    log.warn({ err: error }, `${path} cannot be watched: it is looked at every second instead`);
  };
  new FileWatcher(path, identity, () => void live.reload('file'), failed);
}

/** What nobody has handled is a defect. It is logged like all else, and the process does not go on in an unknown state. */
function endOnDefect(log: Logger): void {
  process.on('uncaughtException', (error: unknown) => {
    log.fatal({ err: error }, 'a defect of the exporter: it ends');
    process.exit(1);
  });
}

interface Stoppable {
  readonly signals: Signals;
  readonly server: HttpServer;
  readonly sampler: Sampler;
  readonly keeper: IncidentKeeper;
  /** Whether another thread may be stuck in a system call. */
  readonly mayHang: () => boolean;
  readonly log: Logger;
}

/** A second signal ends the process at once. */
function stopOnSignal({ signals, server, sampler, keeper, mayHang, log }: Stoppable): void {
  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, `${signal}: stopping`);
    await Promise.race([server.close(), delay(CLOSE_MS)]);
    await keeper.close();
    const hasEnded = await sampler.stop();
    if (!hasEnded) log.warn('the sampler is stuck in a system call: leaving without it');
    if (hasEnded && !mayHang()) process.exit(0);
    exitNow(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    signals.on(signal, () => {
      signals.release(['SIGTERM', 'SIGINT']);
      void stop(signal);
    });
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
