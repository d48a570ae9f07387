import { printable } from '../../answers/printable.ts';

/** A column of a text table. */
export interface Column<Row> {
  readonly heading: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string | number;
}

/** Lays rows out in columns, two spaces apart; a column that is empty in every row is left out. */
export function layOut<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly string[] {
  const filled = columns
    .map((column) => ({ column, cells: rows.map((row) => printable(String(column.cell(row)))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map(({ column, cells }) => pad(column.align, [column.heading, ...cells]));
  return ['', ...rows].map((_, line) =>
    filled
      .map((cells) => cells[line] ?? '')
      .join('  ')
      .trimEnd(),
  );
}

function pad(align: 'left' | 'right', cells: readonly string[]): readonly string[] {
  const width = Math.max(...cells.map((cell) => cell.length));
  return cells.map((cell) => (align === 'left' ? cell.padEnd(width) : cell.padStart(width)));
}
