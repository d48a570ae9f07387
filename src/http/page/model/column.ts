/** A column of a table, for the server's plain one and for the browser's. */
export interface Column<Row> {
  /** In the URL, where it is what the table is sorted by. */
  readonly key: string;
  readonly title: string;
  /** How the table is named when this column sorts it: `fullest first`. */
  readonly order: string;
  /** Aligned to the right, and sorted from the largest down. */
  readonly isNumber: boolean;
  readonly text: (row: Row) => string;
  /** The same uncut, where `text` is cut: a browser shows it when pointed at, and without scripts. */
  readonly whole?: (row: Row) => string;
  /** What the rows are sorted by; null sorts last. */
  readonly value: (row: Row) => string | number | null;
  /** For numbers of which the smallest comes first, such as what is left. */
  readonly isAscending?: boolean;
}

/** A number that sorts by itself, shown as `show` has it. */
export function numberColumn<Row>(
  names: readonly [key: string, title: string, order: string],
  value: (row: Row) => number | null,
  show: (value: number | null) => string,
): Column<Row> {
  const [key, title, order] = names;
  return { key, title, order, isNumber: true, value, text: (row) => show(value(row)) };
}

/** A text that sorts by itself, `–` where there is none. */
export function textColumn<Row>(
  names: readonly [key: string, title: string, order: string],
  value: (row: Row) => string,
): Column<Row> {
  const [key, title, order] = names;
  const text = (row: Row): string => value(row) || '–';
  return { key, title, order, isNumber: false, value, text };
}
