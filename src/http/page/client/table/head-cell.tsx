import type { VNode } from 'preact';
import type { Column } from '../../model/column.ts';
import { isAscending, type Sort } from '../../model/sort.ts';

interface HeadCellProps<Row> {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  /** The key of the column that sorts the rows as they come. */
  readonly defaultOrder: string;
  readonly change: (sort: Sort | undefined) => void;
}

/** A heading that sorts: by the column, then the other way round, then not at all. */
export function HeadCell<Row>({ column, sort, defaultOrder, change }: HeadCellProps<Row>): VNode {
  const { key, title, isNumber } = column;
  const current = sort ?? { key: defaultOrder, isReversed: false };
  const isSorted = current.key === key;
  const isUp = isAscending(column) !== current.isReversed;
  const next = (): Sort | undefined => {
    if (sort?.key !== key) return { key, isReversed: isSorted };
    return sort.isReversed ? undefined : { key, isReversed: true };
  };
  return (
    <th
      role="columnheader"
      scope="col"
      class={cellClass(key, isNumber)}
      aria-sort={isSorted ? sortName(isUp) : undefined}
    >
      <button
        type="button"
        onClick={() => {
          change(next());
        }}
      >
        {title}
        <span aria-hidden="true" class="arrow">
          {isSorted ? (isUp ? ' ▲' : ' ▼') : ''}
        </span>
      </button>
    </th>
  );
}

function sortName(isUp: boolean): 'ascending' | 'descending' {
  return isUp ? 'ascending' : 'descending';
}

export function cellClass(key: string, isNumber: boolean): string {
  return isNumber ? `number column-${key}` : `column-${key}`;
}
