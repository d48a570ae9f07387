/** How an order is chosen and named. */
export interface SortKey {
  /** The key that chooses it. */
  readonly key: string;
  readonly name: string;
  /** The heading of the column by which it sorts. */
  readonly heading: string;
  /** Whether the highest come first, until the key is pressed again. */
  readonly isDescending: boolean;
}

/** An order in which a view can be shown. */
export interface Sort<Row> extends SortKey {
  /** What is compared; rows where it is null come last. */
  readonly valueOf: (row: Row) => number | string | null;
}

/** The order that was chosen; undefined: as the poll has it, worst or fullest first. */
export type Order = { readonly key: string; readonly isDescending: boolean } | undefined;

/** The rows in the order; those that are equal stay as they are. */
export function sorted<Row>(
  rows: readonly Row[],
  sorts: readonly Sort<Row>[],
  order: Order,
): readonly Row[] {
  const sort = sorts.find(({ key }) => key === order?.key);
  if (sort === undefined || order === undefined) return rows;
  const direction = order.isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: sort.valueOf(row) }))
    .toSorted((a, b) => compare(a.value, b.value, direction))
    .map(({ row }) => row);
}

function compare(a: number | string | null, b: number | string | null, direction: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (a === b) return 0;
  return (a < b ? -1 : 1) * direction;
}

/** Its key again turns an order around. */
export function nextOrder({ key, isDescending }: SortKey, order: Order): Order {
  return { key, isDescending: order?.key === key ? !order.isDescending : isDescending };
}
