import type { RefObject, VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Filterable, ParsedFilter } from '../../../../answers/overview/filter.ts';
import type { PoolRow } from '../../../../answers/overview/overview.ts';
import type { Column } from '../../model/column.ts';
import { filtered } from '../../model/filterable.ts';
import { countText } from '../../model/format.ts';
import type { Route } from '../../model/route.ts';
import { orderText, type Sort, sorted } from '../../model/sort.ts';
import { VIEW_TITLES } from '../../model/view.ts';
import { useSteadyOrder } from '../steady-order.ts';
import { HeadCell } from './head-cell.tsx';
import { TableRow } from './table-row.tsx';
import { useRowWindow } from './row-window.ts';

export interface RowsTableProps<Row> {
  readonly rows: readonly Row[];
  readonly filterable: (row: Row) => Filterable;
  readonly columns: readonly Column<Row>[];
  readonly idOf: (row: Row) => string;
  readonly note: string;
  /** The column by which the rows are sorted as they come; empty where the note says the order. */
  readonly defaultOrder: string;
  readonly linkOf?: (row: Row) => string;
  /** The pool whose bar stands in the column of what is used. */
  readonly barOf?: (row: Row) => PoolRow;
  readonly route: Route;
  readonly filter: ParsedFilter;
  readonly replace: (route: Route) => void;
}

/** A table that is sorted and filtered. */
export function RowsTable<Row>(props: RowsTableProps<Row>): VNode {
  const { rows: all, filterable, columns, idOf, route, filter } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const { sort } = route;
  const ordered = useMemo(() => {
    const rows = filtered(all, filter, filterable);
    return sort === undefined ? rows : sorted(rows, columns, sort);
  }, [all, filter, filterable, columns, sort?.key, sort?.isReversed]);
  const reason = `${route.view} ${route.filter} ${sort?.key} ${sort?.isReversed}`;
  const { rows, isHeld } = useSteadyOrder(ordered, idOf, body, reason);
  return (
    <section aria-labelledby="rows-title">
      <Title {...props} shown={rows.length} isHeld={isHeld} />
      {rows.length === 0 ? (
        <p class="none">{all.length === 0 ? 'None.' : 'The filter leaves nothing.'}</p>
      ) : null}
      <table
        role="table"
        class={`rows ${route.view}`}
        aria-labelledby="rows-title"
        aria-rowcount={rows.length + 1}
        hidden={rows.length === 0}
      >
        <Head {...props} />
        <tbody role="rowgroup" ref={body}>
          <WindowRows {...props} rows={rows} body={body} />
        </tbody>
      </table>
    </section>
  );
}

function Head<Row>({ columns, route, defaultOrder, replace }: RowsTableProps<Row>): VNode {
  const change = (sort: Sort | undefined): void => {
    replace({ ...route, sort });
  };
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <HeadCell
            key={column.key}
            column={column}
            sort={route.sort}
            defaultOrder={defaultOrder}
            change={change}
          />
        ))}
      </tr>
    </thead>
  );
}

interface WindowRowsProps<Row> extends RowsTableProps<Row> {
  readonly body: RefObject<HTMLTableSectionElement | null>;
}

/** The rows that are seen, and some beyond; the others are room. */
function WindowRows<Row>(props: WindowRowsProps<Row>): VNode {
  const { rows, columns, idOf, linkOf, barOf, body } = props;
  const { from, to, before, after } = useRowWindow(body, rows.length);
  return (
    <>
      <Spacer height={before} />
      {rows.slice(from, to).map((row, index) => (
        <TableRow
          key={idOf(row)}
          row={row}
          columns={columns}
          index={from + index}
          link={linkOf?.(row)}
          bar={barOf?.(row)}
        />
      ))}
      <Spacer height={after} />
    </>
  );
}

interface TitleProps<Row> extends RowsTableProps<Row> {
  readonly shown: number;
  readonly isHeld: boolean;
}

/** Names the order, and what the filter leaves. */
function Title<Row>({
  route,
  rows,
  columns,
  note,
  defaultOrder,
  shown,
  isHeld,
}: TitleProps<Row>): VNode {
  const sort =
    route.sort ?? (defaultOrder === '' ? undefined : { key: defaultOrder, isReversed: false });
  const parts = [
    ...(sort === undefined ? [] : [orderText(columns, sort)]),
    ...(note === '' || (route.sort !== undefined && defaultOrder === '') ? [] : [note]),
    ...(shown === rows.length
      ? []
      : [`${countText(shown)} of ${countText(rows.length)} by the filter`]),
    ...(isHeld ? ['order held while you point at it'] : []),
  ];
  return (
    <h2 id="rows-title">
      {VIEW_TITLES[route.view]} <span class="order">{parts.join(', ')}</span>
    </h2>
  );
}

/** Stands for rows that are not in the document. */
function Spacer({ height }: { readonly height: number }): VNode | null {
  if (height === 0) return null;
  return (
    <tr class="spacer" aria-hidden="true">
      <td style={{ height: `${height}px` }} />
    </tr>
  );
}
