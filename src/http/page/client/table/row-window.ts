import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { type RowWindow, windowOf } from '../../model/window.ts';

interface ShownRows extends RowWindow {
  /** Pixels in place of the rows before and after. */
  readonly before: number;
  readonly after: number;
}

/** Before the first row was measured. */
const USUAL_ROW_PX = 32;

/** Which rows of a table of `count` rows stand in the document, by how far the window is scrolled. */
export function useRowWindow(
  body: RefObject<HTMLTableSectionElement | null>,
  count: number,
): ShownRows {
  const [rowHeight, setRowHeight] = useState(USUAL_ROW_PX);
  const [{ from, to }, setRange] = useState(() =>
    windowOf(count, { above: 0, height: innerHeight, rowHeight }),
  );
  useLayoutEffect(() => {
    const height = rowHeightIn(body.current);
    if (height !== undefined && Math.abs(height - rowHeight) >= 0.5) setRowHeight(height);
  });
  useEffect(() => {
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const above = -(body.current?.getBoundingClientRect().top ?? 0);
      const next = windowOf(count, { above, height: innerHeight, rowHeight });
      setRange((old) => (old.from === next.from && old.to === next.to ? old : next));
    };
    const later = (): void => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, [body, count, rowHeight]);
  const last = Math.min(to, count);
  const first = Math.min(from, last);
  return { from: first, to: last, before: first * rowHeight, after: (count - last) * rowHeight };
}

function rowHeightIn(body: HTMLElement | null): number | undefined {
  return body?.querySelector('tr:not(.spacer)')?.getBoundingClientRect().height;
}
