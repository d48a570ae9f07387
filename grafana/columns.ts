import type {
  DataTransformerConfig,
  DynamicConfigValue,
  ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { LEVELS } from './styles.ts';
import type { CellLink } from './links.ts';
import type { TablePanel } from './panels.ts';

/** One column of a table. `field` is the name of a label, or `Value #A` for the value of query A. */
export interface Column {
  readonly field: string;
  readonly title: string;
  /** Of Grafana's units. */
  readonly unit?: string;
  readonly hidden?: true;
  readonly mapping?: ValueMapping;
  /** In pixels; as wide as the panel allows where there is none. */
  readonly width?: number;
}

const label = (field: string, title: string, width?: number): Column =>
  width === undefined ? { field, title } : { field, title, width };

/** Columns of labels that several tables have. Widths are chosen so that typical values are not cut. */
export const INSTANCE = label('instance', 'Instance', 155);
export const POD_NAMESPACE = label('pod_namespace', 'Pod namespace', 120);
export const POD = label('pod_name', 'Pod', 150);
export const NETNS = label('netns', 'Netns', 110);
export const NAMESPACE_COLUMNS: readonly Column[] = [INSTANCE, POD_NAMESPACE, POD, NETNS];
export const REMOTE_COLUMNS: readonly Column[] = [
  label('pool', 'Pool', 80),
  label('protocol', 'Protocol', 80),
  label('remote_name', 'Remote name', 110),
  label('remote_address', 'Remote address', 130),
  label('remote_port', 'Port', 70),
];
export const LOCAL_ADDRESS = label('local_address', 'Local address', 130);
export const ALERT = label('alert', 'Alert', 230);

/** Hidden columns: links read the labels, and the severity is shown as a number, which can be sorted. */
export const SEVERITY: Column = { ...label('severity', 'By name'), hidden: true };
export const JOB: Column = { ...label('job', 'Job'), hidden: true };
export const ENDPOINT_QUERY: Column = { ...label('endpoint_query', 'Query'), hidden: true };
export const PANEL: Column = { ...label('panel', 'Panel'), hidden: true };

/** The column with the values of the query at `index`; wide enough for its title, 8 pixels a letter. */
export function value(index: number, title: string, unit: string): Column {
  const field = `Value #${String.fromCharCode(65 + index)}`;
  return { field, title, unit, width: Math.max(95, 40 + 8 * title.length) };
}

/** A column of points in time, in Unix milliseconds; shown as the time that has passed. */
export function time(index: number, title: string): Column {
  return { ...value(index, title, 'dateTimeFromNow'), width: 120 };
}

/** A column of risk levels, 0 to 3, shown by name and colour. */
export function level(index: number): Column {
  return { ...value(index, 'Risk', 'none'), mapping: LEVELS, width: 90 };
}

function properties(column: Column, links: readonly CellLink[]): DynamicConfigValue[] {
  const { unit, hidden, mapping, width } = column;
  const coloured = { type: TableCellDisplayMode.ColorBackground, mode: 'basic' };
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(hidden === undefined ? [] : [{ id: 'custom.hidden', value: true }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(mapping === undefined
      ? []
      : [
          { id: 'mappings', value: [mapping] },
          { id: 'custom.cellOptions', value: coloured },
        ]),
    ...(links.length === 0 ? [] : [{ id: 'links', value: links }]),
  ];
}

/**
 * Merges the answers of all queries into one table: rows with the same labels become one row, and the columns
 * are `all`, in this order. Each cell has the links.
 */
export function columns(
  panel: TablePanel,
  all: readonly Column[],
  links: readonly CellLink[] = [],
): TablePanel {
  panel.withTransformation({ id: 'merge', options: {} }).withTransformation(organize(all));
  for (const column of all) panel.overrideByName(column.title, properties(column, links));
  return panel;
}

/** Grafana's transformation that orders and names the columns. */
function organize(all: readonly Column[]): DataTransformerConfig {
  return {
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      indexByName: Object.fromEntries(all.map(({ field }, index) => [field, index])),
      renameByName: Object.fromEntries(all.map(({ field, title }) => [field, title])),
    },
  };
}

/** Sorts the rows: the highest value of `column` comes first. */
export function sortedBy(panel: TablePanel, { title }: Column): TablePanel {
  return panel.sortBy([{ build: () => ({ displayName: title, desc: true }) }]);
}
