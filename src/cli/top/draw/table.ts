import type { Paint, Tone } from './paint.ts';
import { fit, safe } from './text.ts';

/** A column of a table whose rows are drawn when they are seen. */
export interface Column<Row> {
  readonly heading: string;
  /** Columns of the terminal; where it grows, the least that is of use. */
  readonly width: number;
  /** Share of what no other column needs. */
  readonly grows?: number;
  readonly align?: 'right';
  /** Which is left out first where there is no room: the highest. */
  readonly rank: number;
  readonly cell: (row: Row, width: number) => string;
  readonly tone?: (row: Row) => Tone;
  /** Draws what is no text. */
  readonly draw?: (row: Row, width: number, paint: Paint) => string;
}

/** A column with the width that it has on this terminal. */
export interface PlacedColumn<Row> extends Column<Row> {
  readonly placed: number;
}

/** Between columns. */
const GAP = 1;

/** Chooses the columns that fit into `width`, in their order, and gives what is left to those that grow. */
export function place<Row>(
  columns: readonly Column<Row>[],
  width: number,
): readonly PlacedColumn<Row>[] {
  const needs = (some: readonly Column<Row>[]): number =>
    some.reduce((sum, column) => sum + column.width + GAP, -GAP);
  let kept = columns;
  while (kept.length > 1 && needs(kept) > width) {
    const last = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== last);
  }
  const spare = Math.max(0, width - needs(kept));
  const shares = kept.reduce((sum, { grows = 0 }) => sum + grows, 0);
  return kept.map((column) => ({
    ...column,
    placed: column.width + (shares === 0 ? 0 : Math.floor((spare * (column.grows ?? 0)) / shares)),
  }));
}

/** The line of headings; that of the sorted column ends with an arrow. */
export function headingLine<Row>(
  columns: readonly PlacedColumn<Row>[],
  sorted: { readonly heading: string; readonly isDescending: boolean },
): string {
  return columns
    .map(({ heading, placed, align }) => {
      const isSorted = heading !== '' && heading === sorted.heading;
      const arrow = isSorted ? (sorted.isDescending ? '▼' : '▲') : '';
      return fit(heading + arrow, placed, align);
    })
    .join(' '.repeat(GAP));
}

export function rowLine<Row>(
  columns: readonly PlacedColumn<Row>[],
  row: Row,
  paint: Paint,
): string {
  return columns
    .map(({ placed, align, cell, tone, draw }) => {
      if (draw !== undefined) return draw(row, placed, paint);
      return paint(tone?.(row) ?? 'plain', fit(safe(cell(row, placed)), placed, align));
    })
    .join(' '.repeat(GAP));
}
