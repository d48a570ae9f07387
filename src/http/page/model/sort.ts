import type { Column } from './column.ts';

/** What a table is sorted by, and whether against the column's own direction. */
export interface Sort {
  readonly key: string;
  readonly isReversed: boolean;
}

/** The rows in the order of the column; rows that are equal in it stay as they were. */
export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { key, isReversed }: Sort,
): readonly Row[] {
  const column = columns.find((each) => each.key === key);
  if (column === undefined) return rows;
  const isUp = isAscending(column) !== isReversed;
  return rows
    .map((row) => ({ row, value: column.value(row) }))
    .toSorted((a, b) => compare(a.value, b.value, isUp))
    .map(({ row }) => row);
}

/** Whether the column by itself begins with the smallest: texts do, and numbers that say so. */
export function isAscending<Row>({ isNumber, isAscending: isUp, key }: Column<Row>): boolean {
  return isUp ?? (!isNumber && key !== 'risk');
}

/** Not known comes last in either direction. */
function compare(a: string | number | null, b: string | number | null, isUp: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const order = a < b ? -1 : 1;
  return isUp ? order : -order;
}

/** `fullest first`; the other way round it is named too. */
export function orderText<Row>(columns: readonly Column<Row>[], sort: Sort): string {
  const column = columns.find(({ key }) => key === sort.key);
  if (column === undefined) return 'worst first';
  return sort.isReversed ? `${column.order}, reversed` : column.order;
}

/** The same rows in an order that does not jump: known ones stay where they were, new ones come last. */
export function inOrderOf<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  order: readonly string[],
): readonly Row[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  const known = order.flatMap((id) => byId.get(id) ?? []);
  const before = new Set(order);
  return [...known, ...rows.filter((row) => !before.has(idOf(row)))];
}
