import type { Logger } from 'pino';
import type { PollReport } from './sampler/messages.ts';
import { fallbackText, type Snapshot } from './snapshot.ts';
import type { Sampler } from './sampler/sampler.ts';

/**
 * Says each change once: the first good poll, another source, a new problem, the end of it, a sampler that
 * hangs.
 */
export function logPolls(sampler: Sampler, log: Logger): void {
  let last: string | undefined;
  sampler.onPoll((report) => {
    const now = report.ok ? stateOf(report.snapshot) : report.problem;
    if (now !== last) logChange(report, log);
    last = now;
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

function stateOf({ source, fallbackReason }: Snapshot): string {
  return `${source} ${fallbackReason}`;
}

function logChange(report: PollReport, log: Logger): void {
  if (!report.ok) {
    log.error({ problem: report.problem }, `poll failed: ${report.problem}`);
    return;
  }
  const { rows, durationSeconds, namespaces, source, fallbackReason } = report.snapshot;
  if (fallbackReason !== '') {
    log.warn({ problem: fallbackReason }, fallbackText(fallbackReason));
  }
  const endpoints = namespaces.reduce((sum, { tcp }) => sum + tcp.endpoints, 0);
  log.info(
    { source, rows, endpoints, durationSeconds },
    `polling by ${source}: ${rows} sockets, ${endpoints} endpoints, ${Math.ceil(durationSeconds * 1000)} ms`,
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
