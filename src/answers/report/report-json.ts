import { printableJson } from '../printable.ts';
import { detailsJson } from '../../snapshot/encode.ts';
import { verdictSentences } from '../verdict-words.ts';
import { verdictOf } from '../verdict.ts';
import type { Report } from './report.ts';

/** Grows with new fields; another number is another meaning of an old one. */
const SCHEMA = 1;

/** The same as JSON; `snapshot` is what `GET /api/v1/snapshot` shows (src/http/README.md). */
export function reportJson({ facts, details, isWhole }: Report): string {
  const { build, hostName, kernel, nodeVersion, timeWaitSysctls, sysctlProblem } = facts;
  const verdict = verdictOf(details, isWhole);
  const json = {
    schema: SCHEMA,
    version: build.version,
    revision: build.revision,
    host: hostName,
    kernel,
    node: nodeVersion,
    tcp_fin_timeout_seconds: timeWaitSysctls?.finTimeoutSeconds ?? null,
    tcp_max_tw_buckets: timeWaitSysctls?.maxTimeWaits ?? null,
    sysctl_problem: sysctlProblem,
    verdict: { level: verdict.level, sentences: verdictSentences(verdict, details) },
    snapshot: detailsJson(details),
  };
  return printableJson(JSON.stringify(json, null, 2));
}
