/** Rows that stand in the document, of a table that may have thousands. */
export interface RowWindow {
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
}

/** Rows beyond each edge of what is seen, so that none is missing while somebody scrolls. Chosen: a screen of them. */
const BEYOND = 30;

/** Tables of so many rows are shown in full: the browser's own search then finds everything in them. */
const SHOWN_IN_FULL = 120;

export interface Viewport {
  /** Pixels of the table's body above the upper edge of what is seen; below 0 where the body begins lower. */
  readonly above: number;
  readonly height: number;
  readonly rowHeight: number;
}

export function windowOf(rows: number, { above, height, rowHeight }: Viewport): RowWindow {
  if (rows <= SHOWN_IN_FULL) return { from: 0, to: rows };
  // In steps, so that a few pixels of scrolling change nothing.
  const step = BEYOND / 2;
  const first = Math.floor(Math.max(0, above) / rowHeight / step) * step;
  const visible = Math.ceil(height / rowHeight) + step;
  const from = Math.max(0, Math.min(first - BEYOND, rows - visible));
  return { from, to: Math.min(rows, first + visible + BEYOND) };
}
