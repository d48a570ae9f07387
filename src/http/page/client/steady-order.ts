import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { inOrderOf } from '../model/sort.ts';

interface SteadyOrder<Row> {
  readonly rows: readonly Row[];
  /** Whether rows stand elsewhere than their order says. */
  readonly isHeld: boolean;
}

/**
 * The rows in their order, but for as long as somebody points at one within `area` or has the focus there: then none moves
 * away. `reason` is what makes them be ordered anew at once: the sort, the filter.
 */
export function useSteadyOrder<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  area: RefObject<HTMLElement | null>,
  reason: string,
): SteadyOrder<Row> {
  const last = useRef<{ readonly ids: readonly string[]; readonly reason: string }>(undefined);
  const before = last.current;
  const isBusy = area.current?.matches(':hover, :focus-within') === true;
  if (!isBusy || before?.reason !== reason) {
    last.current = { ids: rows.map(idOf), reason };
    return { rows, isHeld: false };
  }
  const held = inOrderOf(rows, idOf, before.ids);
  last.current = { ids: held.map(idOf), reason };
  return { rows: held, isHeld: held.some((row, index) => row !== rows[index]) };
}
