import { usageRatio } from '../../pools/pool.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';
import { failedParts, partNote } from '../part-words.ts';
import { printable } from '../printable.ts';
import { sourceNote } from '../source-words.ts';
import { type Verdict, verdictOf } from '../verdict.ts';
import { poolsByUsage, verdictSentences } from '../verdict-words.ts';
import type { Health } from './overview.ts';
import { STILL_PENDING } from './pending.ts';

const BEGINNINGS: Readonly<Record<Verdict['level'], string>> = {
  ok: 'Healthy',
  warning: 'At risk',
  critical: 'In trouble',
  unknown: 'Not known',
};

/** Is this node healthy? In one line, and what could not be read. */
export function healthOf(details: SnapshotDetails): Health {
  const verdict = verdictOf(details, true);
  // The beginning says how bad it is already.
  const first = verdictSentences(verdict, details)[0]?.replace(/^(?:critical|warning): /, '') ?? '';
  const sentence = printable(`${beginningOf(verdict, details)}: ${first}${othersOf(verdict)}.`);
  return { status: verdict.level, sentence, unread: unreadOf(details, verdict) };
}

/** An alert waits before it fires: until then nothing is healthy that has crossed its threshold. */
function beginningOf({ level, causes }: Verdict, details: SnapshotDetails): string {
  const warnings = details.alerts.thresholds.filter(
    ({ severity, unit }) => severity === 'warning' && unit === 'ratio',
  );
  const lowest = Math.min(1, ...warnings.map(({ threshold }) => threshold));
  const [fullest] = poolsByUsage(details);
  const isNearlyFull = fullest !== undefined && usageRatio(fullest.pool) >= lowest;
  if (level === 'ok' && isNearlyFull) return 'No alert fires yet';
  const [worst] = causes;
  const isPending = worst !== undefined && details.pending.includes(worst.head);
  return `${BEGINNINGS[level]}${isPending ? `, ${STILL_PENDING}` : ''}`;
}

/** What the first sentence does not tell: `(and 2 more)`. */
function othersOf({ causes, taken }: Verdict): string {
  const severe = causes.filter(({ head }) => head.severity !== 'info').length;
  const more = severe + taken.length - 1;
  return more > 0 ? ` (and ${more} more)` : '';
}

function unreadOf(details: SnapshotDetails, { unknown, assumed }: Verdict): readonly string[] {
  const notes = [
    ...unknown,
    ...failedParts(details).map(partNote),
    assumed,
    sourceNote(details),
    details.ownersSight.problem,
  ];
  return [...new Set(notes.filter((note) => note !== '').map(printable))];
}
