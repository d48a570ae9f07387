import { type Html, markup } from './html.ts';
import type { Column } from './model/column.ts';

/** Rows of one part: about a tenth of a millisecond of work. */
const ROWS_AT_A_TIME = 20;

/** A plain table; a sentence where it has no rows. */
export function* tableParts<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  label: string,
): Generator<Html> {
  if (rows.length === 0) {
    yield markup`<p class="none">None.</p>`;
    return;
  }
  const heads = columns.map(
    (column) => markup`<th scope="col"${classOf(column)}>${column.title}</th>`,
  );
  yield markup`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table class="rows plain"><thead><tr>${heads}</tr></thead><tbody>
`;
  for (let from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
    const part = rows.slice(from, from + ROWS_AT_A_TIME);
    yield markup`${part.map((row) => rowPart(row, columns))}`;
  }
  yield markup`</tbody></table></div>
`;
}

function rowPart<Row>(row: Row, columns: readonly Column<Row>[]): Html {
  const cells = columns.map(
    (column) => markup`<td${classOf(column)}>${(column.whole ?? column.text)(row)}</td>`,
  );
  return markup`<tr>${cells}</tr>
`;
}

function classOf<Row>({ isNumber }: Column<Row>): Html {
  return isNumber ? markup` class="number"` : markup``;
}
