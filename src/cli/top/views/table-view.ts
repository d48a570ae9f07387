import type { Filterable } from '../../../answers/overview/filter.ts';
import type { Overview } from '../../../answers/overview/overview.ts';
import type { Paint } from '../draw/paint.ts';
import { type Column, headingLine, place, rowLine } from '../draw/table.ts';
import { type Order, type Sort, sorted } from './sort.ts';
import type { Item, View } from './view.ts';

/** A view whose rows are lines of a table. */
export interface TableView<Row> {
  readonly title: string;
  readonly shortTitle: string;
  readonly empty: string;
  readonly columns: readonly Column<Row>[];
  readonly sorts: readonly Sort<Row>[];
  readonly rowsOf: (overview: Overview) => readonly Row[];
  /** Rows that an overview leaves out. */
  readonly omitted?: (overview: Overview) => number;
  readonly idOf: (row: Row) => string;
  /** What a filter looks at. */
  readonly filterable: (row: Row) => Filterable;
  readonly detail: (
    row: Row,
    overview: Overview,
  ) => (width: number, paint: Paint) => readonly string[];
  readonly remedy?: (row: Row, overview: Overview) => string;
  readonly proof?: (row: Row, overview: Overview) => string;
}

export function tableView<Row>(table: TableView<Row>): View {
  const { title, shortTitle, empty, columns, sorts, rowsOf, omitted = () => 0 } = table;
  return {
    title,
    shortTitle,
    empty: () => empty,
    sorts,
    count: (overview) => rowsOf(overview).length + omitted(overview),
    list: (overview, { matches, order }) => {
      const rows = rowsOf(overview).filter((row) => matches(table.filterable(row)));
      return sorted(rows, sorts, order).map((row) => itemOf(table, row, overview));
    },
    heading: (width, order) => headingLine(place(columns, width), sortedColumn(sorts, order)),
  };
}

function itemOf<Row>(table: TableView<Row>, row: Row, overview: Overview): Item {
  return {
    id: table.idOf(row),
    lines: (width, paint) => [rowLine(place(table.columns, width), row, paint)],
    detail: table.detail(row, overview),
    remedy: table.remedy?.(row, overview) ?? '',
    proof: table.proof?.(row, overview) ?? '',
  };
}

function sortedColumn<Row>(
  sorts: readonly Sort<Row>[],
  order: Order,
): { readonly heading: string; readonly isDescending: boolean } {
  const heading = sorts.find(({ key }) => key === order?.key)?.heading ?? '';
  return { heading, isDescending: order?.isDescending ?? false };
}
