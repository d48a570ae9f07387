import type { Logger } from 'pino';
import { logTransitions } from './alert-log.ts';
import { FileWatcher } from './config/watch.ts';
import { formatListenAddress } from './http/listen-address.ts';
import { HttpServer } from './http/server.ts';
import { exitNow } from './kernel/libc.ts';
import { MetricsPage } from './metrics/page.ts';
import { LiveSettings } from './reload.ts';
import type { PollReport } from './sampler/messages.ts';
import { Sampler } from './sampler/sampler.ts';
import { selfStatus, type Settings } from './settings.ts';

export interface DaemonOptions {
  readonly settings: Settings;
  /** Reads flags and configuration file anew. Throws an error that `isUserError` knows. */
  readonly load: () => Settings;
  readonly configFile: string | undefined;
  /** Where procfs is mounted. */
  readonly procfs: string;
}

/** How long scrapes in flight, and then the sampler, may take to end. */
const CLOSE_MS = 3000;
const STOP_MS = 1000;

/** Runs the exporter until a signal: sampler → page → server. Throws `ListenError`. */
export async function runDaemon(options: DaemonOptions, log: Logger): Promise<void> {
  const { settings: initial, load, configFile, procfs } = options;
  const sampler = new Sampler(initial.sampler);
  const apply = (settings: Settings): void => {
    sampler.reconfigure(settings.sampler);
  };
  const live = new LiveSettings({ initial, load, apply, log });
  const page = new MetricsPage({
    names: () => live.current.names,
    snapshot: () => sampler.fresh,
    latestPoll: () => sampler.status.lastPoll,
    status: () => selfStatus(live.current, sampler.status, live.lastSuccessful),
  });
  const server = new HttpServer({
    addresses: initial.addresses,
    telemetryPath: initial.telemetryPath,
    version: initial.build.version,
    procfs,
    page,
    snapshot: () => sampler.fresh,
    reload: () => live.reload('HTTP'),
  });
  stopOnSignal(server, sampler, log);
  await server.listen();
  log.info(listening(initial));
  logPolls(sampler, log);
  sampler.on('poll', (report) => {
    if (report.ok) logTransitions(report.snapshot.alerts, live.current.names, log);
    void page.current();
  });
  sampler.start();
  process.on('SIGHUP', () => live.reload('SIGHUP'));
  if (configFile !== undefined) watchConfig(configFile, live, log);
}

function listening({ addresses, telemetryPath }: Settings): string {
  return `listening on ${addresses.map(formatListenAddress).join(' and ')}, metrics at ${telemetryPath}`;
}

function watchConfig(path: string, live: LiveSettings, log: Logger): void {
  const failed = (error: unknown): void => {
    log.warn({ err: error }, `${path} cannot be watched: it is looked at every 30 s instead`);
  };
  new FileWatcher(path, () => live.reload('file'), failed);
}

function stopOnSignal(server: HttpServer, sampler: Sampler, log: Logger): void {
  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, `${signal}: stopping`);
    await Promise.race([server.close(), delay(CLOSE_MS)]);
    if (await sampler.stop(STOP_MS)) process.exit(0);
    log.warn('the sampler is stuck in a system call: leaving without it');
    exitNow(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void stop(signal));
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Says each change once: the first good poll, a new problem, the end of it, a sampler that hangs. */
function logPolls(sampler: Sampler, log: Logger): void {
  let problem: string | undefined = 'no poll yet';
  sampler.on('poll', (report) => {
    const now = report.ok ? undefined : report.problem;
    if (now !== problem) logChange(report, log);
    problem = now;
  });
  sampler.on('restart', (error) => {
    log.error({ err: error }, 'the sampler died and was started again');
  });
  sampler.on('dead', (error) => {
    log.fatal({ err: error }, 'the sampler died again and again: giving up');
    process.exit(1);
  });
  watchStaleness(sampler, log);
}

function logChange(report: PollReport, log: Logger): void {
  if (!report.ok) {
    log.error({ problem: report.problem }, `poll failed: ${report.problem}`);
    return;
  }
  const { rows, durationSeconds, namespaces } = report.snapshot;
  const endpoints = namespaces.reduce((sum, { tcp }) => sum + tcp.endpoints, 0);
  log.info(
    { rows, endpoints, durationSeconds },
    `polling: ${rows} sockets, ${endpoints} endpoints, ${Math.ceil(durationSeconds * 1000)} ms`,
  );
}

function watchStaleness(sampler: Sampler, log: Logger): void {
  let wasFresh = false;
  setInterval(() => {
    const isFresh = sampler.fresh !== undefined;
    if (wasFresh && !isFresh) {
      log.error(`no good poll for ${sampler.staleAfterSeconds} s: not ready, series are withheld`);
    }
    wasFresh = isFresh;
  }, 1000).unref();
}
