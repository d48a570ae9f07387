import { PairSet } from '../tables/pair-set.ts';
import type { ListedRows } from './listed-rows.ts';
import type { PortMemory } from './port-memory.ts';

/**
 * The rows that no poll has seen before, of those that `isCandidate` picks: remembered neither at the last poll nor at
 * the one before. Nearly all candidates are met in the order of the last poll; only the few others are looked for
 * everywhere. Without a memory all are unknown.
 */
export function unknownRows(
  rows: ListedRows,
  isCandidate: (row: number) => boolean,
  before: PortMemory | undefined,
): readonly number[] {
  const walk = before?.walk();
  const others: number[] = [];
  for (let row = 0; row < rows.size; row += 1) {
    if (!isCandidate(row)) continue;
    if (walk?.meets(rows.first(row), rows.second(row)) !== true) others.push(row);
  }
  if (before === undefined) return others;
  const known = before.knownOf(identitiesOf(rows, others));
  return others.filter((row) => !known.has(rows.first(row), rows.second(row)));
}

function identitiesOf(rows: ListedRows, some: readonly number[]): PairSet {
  const identities = new PairSet(some.length);
  for (const row of some) identities.add(rows.first(row), rows.second(row));
  return identities;
}
