import type { Filterable, ParsedFilter } from '../../../answers/overview/filter.ts';
import type { NamespaceRow, PoolRow, PortRow } from '../../../answers/overview/overview.ts';

/** What the filter, which knows the rows of pools, can ask a row of another table about. */

export function filterablePool(row: PoolRow): Filterable {
  return row;
}

export function filterableNamespace(row: NamespaceRow): Filterable {
  const { netns, namespace, held, blocked, capacity, refused, risk_level } = row;
  const usage_ratio = row.worst_usage_ratio;
  return { netns, namespace, held, blocked, capacity, refused, risk_level, usage_ratio };
}

export function filterablePort({ netns, namespace, ports, status, text }: PortRow): Filterable {
  return { netns, namespace, name: `${ports} ${status} ${text}` };
}

/** Rows that the filter lets through; all of them where it is not understood. */
export function filtered<Row>(
  rows: readonly Row[],
  filter: ParsedFilter,
  filterable: (row: Row) => Filterable,
): readonly Row[] {
  if ('problem' in filter) return rows;
  return rows.filter((row) => filter.matches(filterable(row)));
}
