import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { type Panel, RowBuilder, type RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { LEVELS, noThresholds, type SeriesStyle, thresholdStyles } from './styles.ts';
import { series } from './select.ts';
import { DATASOURCE } from './variables.ts';

/** What every panel has, whatever its type. */
export interface PanelHeader {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  /** Of Grafana's units. */
  readonly unit: string;
  /** Width, of the dashboard's 24 columns, and height, in rows of 30 pixels. */
  readonly size: readonly [number, number];
}

/** A PromQL expression, and the legend of its series in Grafana's notation. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

/** The methods that the SDK's builders of all panel types share; the SDK has no type for them. */
interface AnyPanel {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  span(width: number): this;
  height(height: number): this;
  datasource(datasource: typeof DATASOURCE): this;
  withTarget(target: DataqueryBuilder): this;
  build(): Panel;
}

export type { StatPanel, StateTimelinePanel, TablePanel, TimeseriesPanel };

/** What Prometheus is asked for: the values of now, those over time, or those of now as rows of a table. */
type QueryKind = 'instant' | 'range' | 'rows';

function target({ expr, legend }: Query, index: number, kind: QueryKind): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .refId(String.fromCharCode(65 + index))
    .datasource(DATASOURCE)
    .expr(expr);
  if (legend !== undefined) query.legendFormat(legend);
  if (kind === 'range') return query.range();
  return kind === 'rows' ? query.instant().format(PromQueryFormat.Table) : query.instant();
}

/** Gives a panel its header and its queries, all read from the data source that the variable chooses. */
function applyHeader<P extends AnyPanel>(
  panel: P,
  header: PanelHeader,
  queries: readonly Query[],
  kind: QueryKind,
): P {
  const [width, height] = header.size;
  panel.id(header.id).title(header.title).description(header.description).unit(header.unit);
  panel.span(width).height(height).datasource(DATASOURCE);
  for (const [index, query] of queries.entries()) panel.withTarget(target(query, index, kind));
  return panel;
}

/** One number, or one for each series of an instant query. */
export function stat(header: PanelHeader, ...queries: readonly Query[]): StatPanel {
  return applyHeader(new StatPanel(), header, queries, 'instant')
    .thresholds(noThresholds())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false));
}

/** A table of the answers of instant queries. */
export function table(header: PanelHeader, ...queries: readonly Query[]): TablePanel {
  return applyHeader(new TablePanel(), header, queries, 'rows')
    .thresholds(noThresholds())
    .filterable(true);
}

/** Risk levels over time, one band for each series. */
export function levels(header: PanelHeader, ...queries: readonly Query[]): StateTimelinePanel {
  return applyHeader(new StateTimelinePanel(), header, queries, 'range')
    .thresholds(noThresholds())
    .mappings([LEVELS])
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(70)
    .lineWidth(0);
}

/** A graph with one line for each series. */
export function lines(header: PanelHeader, ...queries: readonly Query[]): TimeseriesPanel {
  return applyHeader(new TimeseriesPanel(), header, queries, 'range')
    .thresholds(noThresholds())
    .min(0)
    .lineWidth(1)
    .fillOpacity(5)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
}

/** Stacks the lines of a graph as areas. */
export function stacked(panel: TimeseriesPanel): TimeseriesPanel {
  return panel
    .fillOpacity(60)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** Gives series of a graph their styles. */
export function withStyles(
  panel: TimeseriesPanel,
  styles: readonly SeriesStyle[],
): TimeseriesPanel {
  for (const { name, properties } of styles) {
    if (name.startsWith('/')) panel.overrideByRegexp(name, [...properties]);
    else panel.overrideByName(name, [...properties]);
  }
  return panel;
}

/** The thresholds of one alert that the exporters have in force, one line for each severity. */
export function thresholdLines(unit: 'ratio' | 'seconds', alert: string): Query {
  const thresholds = series(`alert_threshold_${unit}`, 'fleet', `alert="${alert}"`);
  return { expr: `max by (severity) (${thresholds})`, legend: 'threshold {{severity}}' };
}

/** Gives the lines of `thresholdLines` their styles. */
export function withThresholdLines(panel: TimeseriesPanel): TimeseriesPanel {
  return withStyles(panel, thresholdStyles());
}

/** A row of the dashboard, by its heading, with the panels below it. */
export interface Section {
  readonly id: number;
  readonly title: string;
  readonly panels: readonly AnyPanel[];
}

/**
 * The panels of a dashboard with their positions: each section begins with its heading, its panels follow from
 * left to right. The SDK's own layout keeps the panels of a row inside of the row, where Grafana looks for
 * them only while the row is collapsed.
 */
export function layOut(sections: readonly Section[]): readonly (Panel | RowPanel)[] {
  let top = 0;
  return sections.flatMap(({ id, title, panels }) => {
    const heading = new RowBuilder(title).id(id).build();
    heading.gridPos = { x: 0, y: top, w: 24, h: 1 };
    top += 1;
    const placed = placeAll(
      panels.map((panel) => panel.build()),
      top,
    );
    top = placed.bottom;
    return [heading, ...placed.panels];
  });
}

/** Places panels from left to right, and in a new line where one does not fit; `bottom` is below the last. */
function placeAll(
  panels: readonly Panel[],
  top: number,
): { readonly panels: readonly Panel[]; readonly bottom: number } {
  let x = 0;
  let y = top;
  let bottom = top;
  const placed = panels.map((panel) => {
    const { w = 24, h = 8 } = panel.gridPos ?? {};
    if (x + w > 24) [x, y] = [0, bottom];
    const gridPos = { x, y, w, h };
    x += w;
    bottom = Math.max(bottom, y + h);
    return { ...panel, gridPos };
  });
  return { panels: placed, bottom };
}
