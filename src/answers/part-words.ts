import { type PartReport, PARTS } from '../scan/parts.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** What is missing because a part failed, and why it did. */
export function partNote({ part, problem }: PartReport): string {
  const { meaning = '' } = PARTS.find((each) => each.part === part) ?? {};
  return `${meaning}: ${problem}`;
}

/** The parts that failed, and of which the problems of other namespaces do not tell already. */
export function failedParts({
  parts,
  problems,
}: Pick<Snapshot, 'parts' | 'problems'>): readonly PartReport[] {
  const told = [problems.refusal, problems.names].filter((problem) => problem !== '');
  return parts.filter(({ ok, problem }) => !ok && !told.some((each) => problem.endsWith(each)));
}
