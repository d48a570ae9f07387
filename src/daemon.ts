import type { Logger } from 'pino';
import { HttpServer, type ServerOptions } from './http/server.ts';
import { exitNow } from './kernel/libc.ts';
import { MetricsPage } from './metrics/page.ts';
import type { RemoteNames } from './metrics/remote-names.ts';
import type { SelfStatus } from './metrics/self-families.ts';
import type { PollReport, WorkerOptions } from './sampler/messages.ts';
import { Sampler, type SamplerStatus } from './sampler/sampler.ts';

export interface DaemonOptions {
  readonly sampler: WorkerOptions;
  readonly names: RemoteNames;
  readonly http: Pick<ServerOptions, 'addresses' | 'telemetryPath' | 'version' | 'procfs'>;
  readonly status: (sampler: SamplerStatus) => SelfStatus;
}

/** How long scrapes in flight, and then the sampler, may take to end. */
const CLOSE_MS = 3000;
const STOP_MS = 1000;

/** Runs the exporter until a signal: sampler → page → server. Throws `ListenError`. */
export async function runDaemon(options: DaemonOptions, log: Logger): Promise<void> {
  const sampler = new Sampler(options.sampler);
  const page = new MetricsPage({
    names: options.names,
    snapshot: () => sampler.fresh,
    latestPoll: () => sampler.status.lastPoll,
    status: () => options.status(sampler.status),
  });
  const server = new HttpServer({ ...options.http, page, snapshot: () => sampler.fresh });
  await server.listen();
  logPolls(sampler, log);
  sampler.on('poll', () => void page.current());
  sampler.start();
  stopOnSignal(server, sampler, log);
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
