import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { countText } from '../../model/format.ts';
import { clockTime } from '../hooks.ts';
import type { HeldSample } from '../../../../answers/held-sample.ts';

interface HistoryChartProps {
  readonly samples: readonly HeldSample[];
  readonly capacity: number;
}

const HEIGHT_PX = 220;

/** Ports held over time, by state, below the capacity. The table beside it says the last numbers in words. */
export function HistoryChart({ samples, capacity }: HistoryChartProps): VNode {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(undefined);
  const scheme = useRef(matchMedia('(prefers-color-scheme: dark)'));
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new UPlot(optionsFor(element), dataOf(samples, capacity), element);
    };
    draw();
    const sized = new ResizeObserver(() => {
      chart.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    sized.observe(element);
    // The colours are read when the chart is made.
    const colours = scheme.current;
    colours.addEventListener('change', draw);
    return () => {
      sized.disconnect();
      colours.removeEventListener('change', draw);
      chart.current?.destroy();
    };
  }, []);
  useEffect(() => {
    chart.current?.setData(dataOf(samples, capacity));
  }, [samples, capacity]);
  return <div ref={frame} class="chart" role="img" aria-label={labelOf(samples, capacity)} />;
}

function dataOf(samples: readonly HeldSample[], capacity: number): UPlot.AlignedData {
  return [
    samples.map((sample) => sample.at_seconds),
    ...LINES.map(({ field }) => samples.map((sample) => sample[field])),
    samples.map(() => capacity),
  ];
}

/** The lines of the chart, told apart by their dashes too. */
const LINES = [
  { field: 'held', label: 'held', colour: 'held', width: 2, dash: [] },
  { field: 'established', label: 'ESTABLISHED', colour: 'established', width: 1.5, dash: [8, 3] },
  { field: 'time_wait', label: 'TIME_WAIT', colour: 'time-wait', width: 1.5, dash: [2, 3] },
  { field: 'close_wait', label: 'CLOSE_WAIT', colour: 'warning', width: 1.5, dash: [8, 3, 2, 3] },
  { field: 'syn_sent', label: 'SYN_SENT', colour: 'muted', width: 1.5, dash: [4, 4] },
] as const;

function optionsFor(element: HTMLElement): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { live: false },
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(10, max * 1.05)] } },
    axes: [
      {
        ...axis,
        space: 90,
        values: (_, seconds) => seconds.map((second) => clockTime(second * 1000)),
      },
      { ...axis, size: 64, values: (_, values) => values.map((value) => countText(value)) },
    ],
    series: [
      {},
      ...LINES.map(({ field, label, colour: name, width, dash }) => ({
        label,
        stroke: colour(name),
        width,
        dash: [...dash],
        points: { show: false },
        ...(field === 'held' && { fill: colour('held-faint') }),
      })),
      {
        label: 'capacity',
        stroke: colour('critical'),
        width: 1,
        dash: [10, 4],
        points: { show: false },
      },
    ],
  };
}

function labelOf(samples: readonly HeldSample[], capacity: number): string {
  const last = samples.at(-1);
  const peak = Math.max(0, ...samples.map(({ held }) => held));
  return `Ports held over time: ${countText(last?.held ?? 0)} now, ${countText(peak)} at most, of ${countText(capacity)}`;
}
