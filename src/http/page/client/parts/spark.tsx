import type { VNode } from 'preact';
import { countText } from '../../model/format.ts';

interface SparkProps {
  /** Ports held, oldest first. */
  readonly values: readonly number[];
  readonly capacity: number;
}

const WIDTH = 120;
const HEIGHT = 32;

/** Ports held over the history window, below a line at the capacity. */
export function Spark({ values, capacity }: SparkProps): VNode | null {
  if (values.length < 2) return null;
  const top = Math.max(capacity, ...values, 1);
  const x = (index: number): number => (index * WIDTH) / (values.length - 1);
  const y = (value: number): number => HEIGHT - 1 - (value / top) * (HEIGHT - 2);
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`);
  const [first = 0] = values;
  const last = values.at(-1) ?? 0;
  const peak = Math.max(...values);
  const label = `Ports held: ${countText(first)} at first, ${countText(last)} now, ${countText(peak)} at most, of ${countText(capacity)}`;
  return (
    <svg
      class="spark"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <polygon class="spark-area" points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
      <polyline class="spark-line" points={points.join(' ')} />
      <line class="spark-top" x1="0" x2={WIDTH} y1={y(capacity)} y2={y(capacity)} />
    </svg>
  );
}
