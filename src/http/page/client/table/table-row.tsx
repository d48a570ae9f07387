import type { VNode } from 'preact';
import type { PoolRow } from '../../../../answers/overview/overview.ts';
import { printable } from '../../../../answers/printable.ts';
import type { RiskLevel } from '../../../../alerts/rules.ts';
import type { Column } from '../../model/column.ts';
import { wordsOfRisk } from '../../model/risk-words.ts';
import { Badge } from '../parts/badge.tsx';
import { Bar } from '../parts/bar.tsx';
import { cellClass } from './head-cell.tsx';

interface TableRowProps<Row> {
  readonly row: Row;
  readonly columns: readonly Column<Row>[];
  /** Among all rows, from 0. */
  readonly index: number;
  readonly link: string | undefined;
  readonly bar: PoolRow | undefined;
}

/** The columns whose cell is a link, where the row has one. */
const LINKED = ['name', 'namespace'];

export function TableRow<Row>({ row, columns, index, link, bar }: TableRowProps<Row>): VNode {
  const linked = columns.find(({ key }) => LINKED.includes(key))?.key;
  return (
    <tr role="row" aria-rowindex={index + 2}>
      {columns.map((column) => (
        <Cell
          key={column.key}
          row={row}
          column={column}
          link={column.key === linked ? link : undefined}
          bar={bar}
        />
      ))}
    </tr>
  );
}

interface CellProps<Row> {
  readonly row: Row;
  readonly column: Column<Row>;
  readonly link: string | undefined;
  readonly bar: PoolRow | undefined;
}

function Cell<Row>({ row, column, link, bar }: CellProps<Row>): VNode {
  const { key, isNumber, title, whole = column.text } = column;
  const text = printable(column.text(row));
  const isBar = key === 'used' && bar !== undefined;
  return (
    <td
      role="cell"
      class={cellClass(key, isNumber)}
      data-title={title}
      title={isNumber ? undefined : printable(whole(row))}
    >
      {key === 'risk' ? <Badge words={wordsOfRisk(levelOf(column.value(row)))} /> : null}
      {isBar ? <Bar row={bar} isSmall /> : null}
      {key === 'risk' ? null : link === undefined ? text : <a href={link}>{text}</a>}
    </td>
  );
}

function levelOf(value: string | number | null): RiskLevel {
  return value === 1 || value === 2 || value === 3 ? value : 0;
}
