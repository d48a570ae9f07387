import { UNITS } from './linter-units.ts';
import { type Dashboard, type Panel, panelsOf, type Source, type Target } from './model.ts';
import type { Variable } from './model.ts';
import { Query } from './promql.ts';

/**
 * The rules of Grafana's dashboard-linter (github.com/grafana/dashboard-linter, all that its rule set
 * had in June 2026), by the names it gives them. Each says what it finds. Warnings count as errors, and
 * two rules ask for more than the linter does:
 * - panel rules look at every type of panel but rows, the linter at those it knows;
 * - target-counter-agg-rule looks at the metric's name, the linter also at what follows it, so that it
 *   misses a counter with matchers.
 */
export type Rule = (dashboard: Dashboard) => readonly string[];

type PanelRule = (panel: Panel, dashboard: Dashboard) => readonly string[];
type TargetRule = (target: Target, dashboard: Dashboard, panel: Panel) => readonly string[];

const NO_ROW = ({ type }: Panel): boolean => type !== 'row';

function panelRule(rule: PanelRule): Rule {
  return (dashboard) =>
    panelsOf(dashboard)
      .filter(NO_ROW)
      .flatMap((panel) => rule(panel, dashboard).map((finding) => `${panel.title}: ${finding}`));
}

function targetRule(rule: TargetRule): Rule {
  return panelRule((panel, dashboard) =>
    (panel.targets ?? []).flatMap((target) =>
      rule(target, dashboard, panel).map((finding) => `${target.refId}: ${finding}`),
    ),
  );
}

function variables(dashboard: Dashboard, type: string): readonly Variable[] {
  return dashboard.templating.list.filter((variable) => variable.type === type);
}

/** What the first datasource variable chooses from. */
function kindOf(dashboard: Dashboard): string | undefined {
  return variables(dashboard, 'datasource')[0]?.query;
}

const reads = (kind: string, dashboard: Dashboard, source?: Source): boolean =>
  kindOf(dashboard) === kind || source?.type === kind;

/** Values that stand for Grafana's own variables; the others stand for themselves. */
const GLOBALS: Readonly<Record<string, string>> = {
  __rate_interval: '8869990787ms',
  __interval: '4867856611ms',
  __interval_ms: '7781188786',
  __range: '6069770749ms',
  __range_s: '9397795485',
  __range_ms: '6737667980',
  __auto: '12345ms',
};

/** Outside of quoted strings, where a variable could be syntax. */
function expand(text: string): string {
  const parts = text.split('"');
  const replaced = parts.map((part, index) =>
    index % 2 === 1
      ? part
      : part.replace(
          /\$(\w+)|\$\{(\w+)[^}]*\}|\[\[(\w+)[^\]]*\]\]/g,
          (_, ...names: (string | undefined)[]) => {
            const name = names.slice(0, 3).find((each) => each !== undefined) ?? '';
            return GLOBALS[name] ?? name;
          },
        ),
  );
  return replaced.join('"');
}

export function promql(text: string): Query | undefined {
  return Query.promql(expand(text));
}

const templateDatasource: Rule = (dashboard) => {
  const all = variables(dashboard, 'datasource');
  if (all.length === 0) return ['has no templated data source'];
  return all.flatMap(({ name, label, query }) => [
    ...(name === `${query}_datasource` || (all.length === 1 && name === 'datasource')
      ? []
      : [`the data source is named ${name}`]),
    ...(label?.toLowerCase() === `${query} data source` ||
    (all.length === 1 && label === 'Data source')
      ? []
      : [`the data source is labelled ${label ?? ''}`]),
  ]);
};

const SOURCE_UIDS = [
  '$datasource',
  '${datasource}',
  '$prometheus_datasource',
  '${prometheus_datasource}',
];

function templateNamed(name: string, label: string): Rule {
  return (dashboard) => {
    if (kindOf(dashboard) !== 'prometheus') return [];
    const variable = dashboard.templating.list.find((each) => each.name === name);
    if (variable === undefined) return [`there is no variable ${name}`];
    const findings: readonly (readonly [boolean, string])[] = [
      [
        SOURCE_UIDS.includes(variable.datasource?.uid ?? ''),
        'does not use the templated data source',
      ],
      [variable.type === 'query', 'is no query'],
      [variable.label === label, `is not labelled ${label}`],
      [variable.multi, 'is not multi select'],
      [variable.allValue === '.+', 'has another allValue than .+'],
    ];
    return findings.filter(([good]) => !good).map(([, finding]) => `${name} ${finding}`);
  };
}

/** The expression within `label_values(…)` and its like; undefined where it is none of them. */
export function queryOf(
  text: string,
): { readonly name: string; readonly expr: string } | undefined {
  const [, name = '', whole = ''] = /^([a-z_]+)\((.+)\)$/.exec(text) ?? [];
  if (!['label_names', 'label_values', 'metrics', 'query_result'].includes(name)) return undefined;
  return { name, expr: name === 'label_values' ? whole.replace(/,\s*\w+$/, '') : whole };
}

const templateLabelPromql: Rule = (dashboard) =>
  kindOf(dashboard) === 'prometheus'
    ? variables(dashboard, 'query').flatMap(({ name, query }) => {
        const found = queryOf(query);
        if (found === undefined) return [`${name}: no function that asks for labels: ${query}`];
        return promql(found.expr) === undefined ? [`${name}: no PromQL: ${query}`] : [];
      })
    : [];

const templateReload: Rule = (dashboard) =>
  variables(dashboard, 'query')
    .filter(({ refresh }) => refresh !== 2)
    .map(({ name }) => `${name} is not asked again when the time range changes`);

const panelDatasource: PanelRule = ({ datasource }, dashboard) => {
  const names = variables(dashboard, 'datasource').map(({ name }) => name);
  const allowed = names.flatMap((name) => [`$${name}`, `\${${name}}`]);
  return allowed.includes(datasource?.uid ?? '') ? [] : ['does not use the templated data source'];
};

const panelTitle: PanelRule = ({ title, description }) =>
  title === '' || (description ?? '') === '' ? ['has no title or no description'] : [];

function overridesOf({ fieldConfig }: Panel, wanted: string): readonly unknown[] {
  return (fieldConfig?.overrides ?? [])
    .flatMap(({ properties }) => properties)
    .filter(({ id, value }) => id === wanted && value !== null)
    .map(({ value }) => value);
}

/** Values that are mapped to texts, or no numbers, need no unit. */
function needsUnit(panel: Panel): boolean {
  const fields = panel.type === 'stat' ? panel.options?.reduceOptions?.fields : '';
  const mapped = overridesOf(panel, 'mappings').length > 0;
  return (fields ?? '') === '' && !mapped && panel.fieldConfig?.defaults.mappings === undefined;
}

const panelUnits: PanelRule = (panel) => {
  const unit = overridesOf(panel, 'unit').at(-1) ?? panel.fieldConfig?.defaults.unit;
  const valid = typeof unit === 'string' && UNITS.has(unit);
  return valid || !needsUnit(panel) ? [] : [`has no valid unit: ${JSON.stringify(unit)}`];
};

const panelNoTargets: PanelRule = ({ targets }) =>
  targets === undefined || targets.length === 0 ? ['has no targets'] : [];

/** Whether a target without an expression shows what another panel asks for. */
function borrows({ expr, panelId }: Target, dashboard: Dashboard): boolean {
  return expr === '' && panelsOf(dashboard).some(({ id }) => id === panelId);
}

const targetLogql: TargetRule = (target, dashboard) => {
  if (target.hide === true || !reads('loki', dashboard, target.datasource)) return [];
  if (borrows(target, dashboard)) return [];
  return Query.logql(expand(target.expr)) === undefined ? [`no LogQL: ${target.expr}`] : [];
};

const targetLogqlAuto: TargetRule = (target, dashboard) => {
  if (target.hide === true || !reads('loki', dashboard, target.datasource)) return [];
  if (target.expr.includes('$__auto')) return [];
  const ranges = Query.logql(expand(target.expr))?.nodes('Range') ?? [];
  return ranges.length > 0 ? [`a fixed range instead of $__auto: ${target.expr}`] : [];
};

const targetPromql: TargetRule = (target, dashboard) => {
  if (kindOf(dashboard) !== 'prometheus' || borrows(target, dashboard)) return [];
  return promql(target.expr) === undefined ? [`no PromQL: ${target.expr}`] : [];
};

const RATES = ['rate', 'irate'];

/** The function that a range selector is the argument of. */
function caller(query: Query, node: ReturnType<Query['nodes']>[number]): string {
  const call = node.parent?.parent;
  return call?.name === 'FunctionCall' ? query.text(call.getChild('FunctionIdentifier')) : '';
}

const targetRateInterval: TargetRule = ({ expr }, dashboard) => {
  const query = kindOf(dashboard) === 'prometheus' ? promql(expr) : undefined;
  return (query?.nodes('MatrixSelector') ?? [])
    .filter((node) => query !== undefined && RATES.includes(caller(query, node)))
    .filter((node) => !query?.text(node).endsWith(`[${GLOBALS['__rate_interval'] ?? ''}]`))
    .map(() => `a rate without $__rate_interval: ${expr}`);
};

function targetMatcher(label: string): TargetRule {
  return ({ expr }, dashboard) => {
    const query = kindOf(dashboard) === 'prometheus' ? promql(expr) : undefined;
    return (query?.nodes('VectorSelector') ?? [])
      .filter(
        (selector) =>
          !query
            ?.matchers(selector)
            .some((m) => m.label === label && m.operator === '=~' && m.value === `$${label}`),
      )
      .map((selector) => `${query?.text(selector) ?? ''} has no ${label}=~"$${label}"`);
  };
}

const targetCounterAgg: TargetRule = ({ expr }) => {
  const query = promql(expr);
  if (query === undefined) return [];
  return query
    .nodes('VectorSelector')
    .filter((node) => query.text(node.getChild('Identifier')).endsWith('_total'))
    .filter((node) => {
      const range = node.parent;
      const called = range?.name === 'MatrixSelector' ? caller(query, range) : '';
      return ![...RATES, 'increase'].includes(called);
    })
    .map((node) => `a counter without rate, irate or increase: ${query.text(node)}`);
};

const uneditable: Rule = ({ editable }) => (editable === false ? [] : ['is editable']);

export const RULES: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': templateDatasource,
  'template-job-rule': templateNamed('job', 'Job'),
  'template-instance-rule': templateNamed('instance', 'Instance'),
  'template-label-promql-rule': templateLabelPromql,
  'template-on-time-change-reload-rule': templateReload,
  'panel-datasource-rule': panelRule(panelDatasource),
  'panel-title-description-rule': panelRule(panelTitle),
  'panel-units-rule': panelRule(panelUnits),
  'panel-no-targets-rule': panelRule(panelNoTargets),
  'target-logql-rule': targetRule(targetLogql),
  'target-logql-auto-rule': targetRule(targetLogqlAuto),
  'target-promql-rule': targetRule(targetPromql),
  'target-rate-interval-rule': targetRule(targetRateInterval),
  'target-job-rule': targetRule(targetMatcher('job')),
  'target-instance-rule': targetRule(targetMatcher('instance')),
  'target-counter-agg-rule': targetRule(targetCounterAgg),
  'uneditable-dashboard': uneditable,
};
