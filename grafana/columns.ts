import type {
  DataTransformerConfig,
  DynamicConfigValue,
  ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { LEVELS } from './styles.ts';
import type { CellLink } from './links.ts';
import type { TablePanel } from './panels.ts';

/** One column of a table: a label, or `Value #A` for the value of query A. */
export interface Column {
  readonly field: string;
  readonly title: string;
  readonly unit?: string;
  readonly hidden?: true;
  readonly mapping?: ValueMapping;
  readonly width?: number;
}

const label = (field: string, title: string, width?: number): Column =>
  width === undefined ? { field, title } : { field, title, width };

/** Columns of labels that several tables have. */
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

/** Labels that only links use, or that a number says better. */
export const SEVERITY: Column = { ...label('severity', 'By name'), hidden: true };
export const JOB: Column = { ...label('job', 'Job'), hidden: true };
export const ENDPOINT_QUERY: Column = { ...label('endpoint_query', 'Query'), hidden: true };
export const PANEL: Column = { ...label('panel', 'Panel'), hidden: true };

/** The value of the query at `index`. */
export function value(index: number, title: string, unit: string): Column {
  const field = `Value #${String.fromCharCode(65 + index)}`;
  return { field, title, unit, width: Math.max(95, 40 + 8 * title.length) };
}

export function time(index: number, title: string): Column {
  return { ...value(index, title, 'dateTimeFromNow'), width: 120 };
}

export function level(index: number): Column {
  return { ...value(index, 'Risk', 'none'), mapping: LEVELS, width: 90 };
}

function properties(column: Column, links: readonly CellLink[]): DynamicConfigValue[] {
  const { unit, hidden, mapping, width } = column;
  const painted = { type: TableCellDisplayMode.ColorBackground, mode: 'basic' };
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(hidden === undefined ? [] : [{ id: 'custom.hidden', value: true }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(mapping === undefined
      ? []
      : [
          { id: 'mappings', value: [mapping] },
          { id: 'custom.cellOptions', value: painted },
        ]),
    ...(links.length === 0 ? [] : [{ id: 'links', value: links }]),
  ];
}

/** Makes one table of the answers: rows with the same labels become one, columns in this order. */
export function columns(
  panel: TablePanel,
  all: readonly Column[],
  links: readonly CellLink[] = [],
): TablePanel {
  panel.withTransformation({ id: 'merge', options: {} }).withTransformation(organize(all));
  for (const column of all) panel.overrideByName(column.title, properties(column, links));
  return panel;
}

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

/** The row with the highest value of `column` first. */
export function sortedBy(panel: TablePanel, { title }: Column): TablePanel {
  return panel.sortBy([{ build: () => ({ displayName: title, desc: true }) }]);
}
