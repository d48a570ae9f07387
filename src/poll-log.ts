import type { Logger } from 'pino';
import type { PollReport } from './sampler/messages.ts';
import type { Sampler } from './sampler/sampler.ts';

/** Says each change once: the first good poll, a new problem, the end of it, a sampler that hangs. */
export function logPolls(sampler: Sampler, log: Logger): void {
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
