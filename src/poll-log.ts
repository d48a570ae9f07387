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
  logNamespaceProblems(sampler, log);
  watchStaleness(sampler, log);
}

function stateOf({ sources, fallbackReason }: Snapshot): string {
  return `${sources[0]?.source ?? ''} ${fallbackReason}`;
}

function logChange(report: PollReport, log: Logger): void {
  if (!report.ok) {
    log.error({ problem: report.problem }, `poll failed: ${report.problem}`);
    return;
  }
  const { durationSeconds, namespaces, gated, sources, fallbackReason } = report.snapshot;
  if (fallbackReason !== '') {
    log.warn({ problem: fallbackReason }, fallbackText(fallbackReason));
  }
  const endpoints = namespaces.reduce((sum, { tcp }) => sum + tcp.endpoints, 0);
  const rows = sources.reduce((sum, each) => sum + each.rows, 0);
  const source = sources.map((each) => each.source).join(' and ');
  const known = namespaces.length + gated.length;
  const where = known === 1 ? '' : ` in ${known} network namespaces`;
  log.info(
    { source, rows, endpoints, namespaces: known, durationSeconds },
    `polling by ${source}: ${rows} sockets, ${endpoints} endpoints${where}, ${Math.ceil(durationSeconds * 1000)} ms`,
  );
}

/** Said once: what is missing to see the settings of other namespaces, or their sockets. */
function logNamespaceProblems(sampler: Sampler, log: Logger): void {
  let said = false;
  sampler.onPoll((report) => {
    if (said || !report.ok) return;
    const { namespaces, gated, namespaceProblem: problem } = report.snapshot;
    if (problem === '' || namespaces.length + gated.length === 1) return;
    said = true;
    log.warn(
      { problem },
      `the port ranges of other network namespaces cannot be read, the kernel's defaults are assumed: ${problem}`,
    );
  });
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
