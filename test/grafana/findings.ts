import { hasBpf } from '../support/bpf.ts';
import { type Labels, type Prometheus, type Row } from '../support/prometheus.ts';
import { type Panel, type Target } from './model.ts';
import { Query } from './promql.ts';

/** What a Prometheus that has seen trouble has to say against the queries of a dashboard. */

/** How long the time range is that the dashboard shows. */
export const RANGE_SECONDS = 120;

/** Values of the dashboard's variables, as Grafana puts them into PromQL. */
export type Values = Readonly<Record<string, string>>;

const TIMES: Values = { __range: `${RANGE_SECONDS}s`, __interval: '1s', __rate_interval: '15s' };

/** Replaces the variables that there are; `$1` is none. */
export function fill(text: string, values: Values): string {
  return text.replace(/\$(\w+)/g, (whole, name: string) => values[name] ?? TIMES[name] ?? whole);
}

function labelsUsed(format: string): readonly string[] {
  return Array.from(format.matchAll(/\{\{(\w+)\}\}/g), ([, name = '']) => name);
}

/** The name that Grafana gives a series. */
export function legendOf(format: string, labels: Labels): string {
  return format.replace(/\{\{(\w+)\}\}/g, (_, name: string) => labels[name] ?? '');
}

function present(rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.flatMap(({ labels }) => Object.keys(labels)));
}

/** The part that `or vector(0)` would hide: selectors that choose nothing in all this time. */
async function emptySelectors(prometheus: Prometheus, expr: string): Promise<readonly string[]> {
  const query = Query.promql(expr);
  if (query === undefined) return ['the grammar does not know it'];
  const empty: string[] = [];
  for (const node of query.nodes('VectorSelector')) {
    const selector = query.text(node);
    const names = await prometheus.labelValues('__name__', selector);
    if (names.length === 0 && !isNotCounted(selector))
      empty.push(`nothing is chosen by ${selector}`);
  }
  return empty;
}

/** Whether the selector asks for refused calls that this kernel, or who runs this, lets nobody count. */
function isNotCounted(selector: string): boolean {
  if (selector.includes('EphemeralPortsBindFailing')) return true;
  return !hasBpf() && /EphemeralPortsConnectFailing|failures_total/.test(selector);
}

export async function rowsOf(
  prometheus: Prometheus,
  { expr, instant }: Pick<Target, 'expr' | 'instant'>,
  values: Values,
): Promise<readonly Row[]> {
  const filled = fill(expr, values);
  return instant === true ? prometheus.instant(filled) : prometheus.range(filled, RANGE_SECONDS);
}

/** What is wrong with one query: syntax, no data, a selector or a label of the legend that is not there. */
export async function findings(
  prometheus: Prometheus,
  target: Pick<Target, 'expr' | 'instant' | 'legendFormat'>,
  values: Values,
): Promise<readonly string[]> {
  const filled = fill(target.expr, values);
  try {
    await prometheus.formatted(filled);
  } catch (error) {
    return [`syntax: ${String(error)}`];
  }
  const rows = await rowsOf(prometheus, target, values);
  const labels = present(rows);
  const missing = labelsUsed(target.legendFormat ?? '').filter((name) => !labels.has(name));
  return [
    ...(await emptySelectors(prometheus, filled)),
    ...(rows.length === 0 ? ['no data'] : []),
    ...(rows.length > 0 ? missing.map((name) => `no label ${name} for the legend`) : []),
  ];
}

interface Frame {
  readonly value: string;
  readonly rows: readonly Row[];
}

async function framesOf(
  prometheus: Prometheus,
  { targets = [] }: Panel,
  values: Values,
): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  for (const target of targets) {
    const value = targets.length === 1 ? 'Value' : `Value #${target.refId}`;
    frames.push({ value, rows: await rowsOf(prometheus, target, values) });
  }
  return frames;
}

/** Rows of other frames that have no row, or several, in the frame with the most labels. */
function unmatched(
  [first, ...others]: readonly Frame[],
  may: 'add' | 'not add',
): readonly string[] {
  const keys = [...present(first?.rows ?? [])];
  return others.flatMap(({ value, rows }) => {
    const common = keys.filter((key) => present(rows).has(key));
    return rows
      .map(({ labels }) => ({
        labels,
        found: (first?.rows ?? []).filter((row) =>
          common.every((key) => row.labels[key] === labels[key]),
        ).length,
      }))
      .filter(({ found }) => found > 1 || (found === 0 && may === 'not add'))
      .map(({ labels, found }) => `${value} has ${found} rows for ${JSON.stringify(labels)}`);
  });
}

/** What is wrong with a table: columns that are not there or have no name, and rows that do not merge. */
export async function tableFindings(
  prometheus: Prometheus,
  panel: Panel,
  values: Values,
  may: 'add' | 'not add' = 'not add',
): Promise<readonly string[]> {
  const frames = await framesOf(prometheus, panel, values);
  const there = new Set([
    'Time',
    ...frames.flatMap(({ value, rows }) => [value, ...present(rows)]),
  ]);
  const options = panel.transformations?.find(({ id }) => id === 'organize')?.options ?? {};
  const named = new Set([
    ...Object.keys(options.renameByName ?? {}),
    ...Object.keys(options.excludeByName ?? {}),
  ]);
  return [
    ...[...named].filter((column) => !there.has(column)).map((column) => `no column ${column}`),
    ...[...there].filter((column) => !named.has(column)).map((column) => `unnamed: ${column}`),
    ...unmatched(frames, may),
  ];
}
