import { diagnosesOf } from '../../answers/diagnosis/diagnoses.ts';
import { diagnosisSentences } from '../../answers/diagnosis/diagnosis-words.ts';
import { ownersSentence } from '../../answers/owner-words.ts';
import { explain, nameOf, nameOfNamespace } from '../../answers/words.ts';
import { HOST } from '../../kernel/netns/netns.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';
import type { AlertSnapshot } from '../../snapshot/snapshot.ts';

/** Victims of one cause that are named: as many as a person takes in. */
const MAX_OTHERS = 3;

/** What fires, worst first: one line for each cause, with what to do. */
export function alertLines(details: SnapshotDetails): string {
  return diagnosesOf(details)
    .map(({ head, others, diagnosis }) => {
      const { alert, severity, identity, pool } = head;
      const where = identity.netns === HOST ? '' : `${nameOfNamespace(identity)}: `;
      const text = `${explain(alert, pool)}.${ownersSentence(pool.owners)} ${diagnosisSentences(diagnosis)}`;
      return `! ${severity} ${alert}: ${where}${nameOf(pool)}: ${text}${alsoIn(others)}`;
    })
    .join('\n');
}

function alsoIn(others: readonly AlertSnapshot[]): string {
  if (others.length === 0) return '';
  const named = others
    .slice(0, MAX_OTHERS)
    .map(({ severity, pool }) => `${nameOf(pool)} (${severity})`);
  const more = others.length - named.length;
  return ` Also in trouble by it: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}
