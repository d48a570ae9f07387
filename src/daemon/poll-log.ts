import type { Logger } from 'pino';
import { failedParts, partNote } from '../answers/part-words.ts';
import { unwatchedNote } from '../answers/namespace-words.ts';
import { isProcAlone, sourceNote } from '../answers/source-words.ts';
import type { PollReport } from '../sampler/messages.ts';
import type { PartName } from '../scan/parts.ts';
import type { ScanProblems } from '../scan/scan-result.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Sampler } from '../sampler/sampler.ts';

/**
 * Logs each change once: the first successful poll, another source, a new problem, the end of it, a sampler that hangs.
 */
export function logPolls(sampler: Sampler, log: Logger): void {
  let last: string | undefined;
  sampler.onPoll((report) => {
    const now = report.ok ? stateOf(report.snapshot) : report.problem;
    if (now !== last) logChange(report, log);
    last = now;
  });
  logDeaths(sampler, log);
  logMixedSources(sampler, log);
  logScanProblems(sampler, log);
  logOwnersSight(sampler, log);
  logUnwatched(sampler, log);
  logParts(sampler, log);
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
  const { durationSeconds, counts, endpoints, sources } = report.snapshot;
  if (isProcAlone(report.snapshot) || report.snapshot.fallbackReason !== '')
    logSourceNote(report.snapshot, log);
  const rows = sources.reduce((sum, each) => sum + each.rows, 0);
  const source = sources.map((each) => each.source).join(' and ');
  const known = counts.scanned + counts.gated;
  const where = known === 1 ? '' : ` in ${known} network namespaces`;
  log.info(
    { source, rows, endpoints, namespaces: known, durationSeconds },
    `polling by ${source}: ${rows} sockets, ${endpoints} endpoints${where}, ${Math.ceil(durationSeconds * 1000)} ms`,
  );
}

function logSourceNote(snapshot: Snapshot, log: Logger): void {
  const { fallbackReason } = snapshot;
  if (fallbackReason === '') log.info(sourceNote(snapshot));
  else log.warn({ problem: fallbackReason }, sourceNote(snapshot));
}

/** Logs once that other namespaces are read from /proc: which poll reads one changes from poll to poll. */
function logMixedSources(sampler: Sampler, log: Logger): void {
  let isLogged = false;
  sampler.onPoll((report) => {
    if (isLogged || !report.ok || report.snapshot.sources.length === 1) return;
    isLogged = true;
    logSourceNote(report.snapshot, log);
  });
}

/** What each kind of problem means, as a log line says it. */
const MEANINGS: Readonly<Record<keyof ScanProblems, string>> = {
  settings:
    "port ranges of other network namespaces cannot be read, the kernel's defaults are assumed",
  names: 'pods cannot be named',
  refusal: 'a network namespace cannot be read',
  netlink: 'netlink does not work in a network namespace, /proc is read there',
};

/** Logs each reason once why something about other namespaces cannot be read. */
function logScanProblems(sampler: Sampler, log: Logger): void {
  const logged = new Set<string>();
  sampler.onPoll((report) => {
    if (!report.ok) return;
    const { counts, problems } = report.snapshot;
    if (counts.scanned + counts.gated + counts.denied === 1) return;
    for (const [kind, meaning] of Object.entries(MEANINGS)) {
      const problem = problems[kind as keyof ScanProblems];
      if (problem === '' || logged.has(problem) || logged.size >= MAX_PROBLEMS) continue;
      logged.add(problem);
      log.warn({ problem }, `${meaning}: ${problem}`);
    }
  });
}

/** Logs each reason once why less is told about owners than could be: what is missing are privileges, or a mount. */
function logOwnersSight(sampler: Sampler, log: Logger): void {
  const logged = new Set(['']);
  sampler.onPoll((report) => {
    if (!report.ok) return;
    const { problem } = report.snapshot.ownersSight;
    if (logged.has(problem)) return;
    logged.add(problem);
    log.info({ problem }, `owners of ports are told in part: ${problem}`);
  });
}

/** Logs once that there are more namespaces than are watched, and again only when that came after none was left out. */
function logUnwatched(sampler: Sampler, log: Logger): void {
  let wasLeftOut = false;
  let lines = 0;
  sampler.onPoll((report) => {
    if (!report.ok) return;
    const { unwatched } = report.snapshot.counts;
    if (unwatched > 0 && !wasLeftOut && lines < MAX_PART_LINES) {
      lines += 1;
      log.warn({ unwatched }, unwatchedNote(unwatched));
    }
    wasLeftOut = unwatched > 0;
  });
}

/** Logs once when a part of the polls begins to fail, and when it works again. A poll that failed has said why. */
function logParts(sampler: Sampler, log: Logger): void {
  const failed = new Set<PartName>();
  let lines = 0;
  sampler.onPoll((report) => {
    if (!report.ok || lines >= MAX_PART_LINES) return;
    const { parts } = report.snapshot;
    for (const each of failedParts(report.snapshot)) {
      if (failed.has(each.part)) continue;
      failed.add(each.part);
      lines += 1;
      log.warn({ part: each.part, problem: each.problem }, partNote(each));
    }
    for (const { part, ok } of parts) {
      if (ok && failed.delete(part))
        log.info({ part }, `the part ${part} of the polls works again`);
    }
  });
}

/** Lines about parts that fail, at most: one that fails at every other poll would fill the log. Chosen. */
const MAX_PART_LINES = 50;

/** Reasons logged, at most: they name processes, so that new ones keep coming and would fill the log. Chosen. */
const MAX_PROBLEMS = 20;

function logDeaths(sampler: Sampler, log: Logger): void {
  sampler.onDeath(({ error, isLast }) => {
    if (!isLast) log.error({ err: error }, 'the sampler died and was started again');
    else {
      log.fatal({ err: error }, 'the sampler died again and again: giving up');
      process.exit(1);
    }
  });
  sampler.on('stuck', () => {
    log.error(
      'the sampler does not answer and cannot be ended, it is stuck in a system call: not healthy',
    );
  });
}

/** Says when no good poll can be shown any more, and when the first one does not come. */
function watchStaleness(sampler: Sampler, log: Logger): void {
  let wasShown = true;
  const startMs = performance.now();
  setInterval(() => {
    const { staleAfterSeconds, fresh, status } = sampler;
    const isStarting =
      status.snapshot === undefined && performance.now() - startMs < 1000 * staleAfterSeconds;
    const isShown = fresh !== undefined || isStarting;
    if (wasShown && !isShown) {
      const running = status.isOverdue ? ', the poll has not ended' : '';
      log.error(
        `no good poll for ${staleAfterSeconds} s${running}: not ready, series are withheld`,
      );
    }
    wasShown = isShown;
  }, 1000).unref();
}
