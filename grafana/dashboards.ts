import { type Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQuery,
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type QueryVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { healthSection } from './fleet-health.ts';
import { riskSection } from './fleet-risk.ts';
import { whereSection } from './fleet-where.ts';
import { TAG, toSiblings, UID } from './links.ts';
import { endpointSection } from './node-endpoint.ts';
import { namespaceSection } from './node-namespace.ts';
import { nowSection } from './node-now.ts';
import { layOut, type Section } from './panels.ts';
import { type Scope, series } from './select.ts';
import {
  DATASOURCE,
  datasource,
  endpoint,
  instance,
  instances,
  job,
  namespace,
} from './variables.ts';

/** An annotation: a mark in every graph while an alert fires. */
function alertMarks(scope: Scope): Builder<AnnotationQuery> {
  const labels = 'alert, severity, pool, remote_address, remote_port';
  const marks = new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('orange')
    .expr(`max by (${labels}) (${series('alert', scope)})`);
  const texts = {
    titleFormat: '{{alert}}',
    textFormat: '{{severity}}: {{pool}} {{remote_address}}:{{remote_port}}',
  };
  return { build: () => ({ ...marks.build(), ...texts }) };
}

/** What the two dashboards differ in. */
interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Begin of the time range at first, in Grafana's notation. */
  readonly from: string;
  readonly scope: Scope;
  readonly variables: readonly QueryVariableBuilder[];
  readonly sections: readonly Section[];
}

function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG, 'network'])
    .timezone('browser')
    .readonly()
    .refresh('30s')
    .time({ from: spec.from, to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(datasource())
    .annotation(alertMarks(spec.scope))
    .link(toSiblings());
  for (const variable of spec.variables) builder.withVariable(variable);
  return { ...builder.build(), panels: [...layOut(spec.sections)] };
}

/** The dashboard over all nodes. */
export function fleet(): Dashboard {
  return dashboard({
    uid: UID.fleet,
    title: 'Ephemeral ports / Fleet',
    description: 'Is anything at risk, where, since when, towards what?',
    from: 'now-3h',
    scope: 'fleet',
    variables: [job(), instances()],
    sections: [riskSection(), whereSection(), healthSection()],
  });
}

/** The dashboard of one network namespace and one endpoint. */
export function node(): Dashboard {
  return dashboard({
    uid: UID.node,
    title: 'Ephemeral ports / Node',
    description:
      'One network namespace, one endpoint: what holds its ports, how many are left, until when.',
    from: 'now-1h',
    scope: 'namespace',
    variables: [job(), instance(), namespace(), ...endpoint()],
    sections: [nowSection(), endpointSection(), namespaceSection()],
  });
}

/** The texts that `npm run grafana` writes, by file name; JSON as Grafana imports it. */
export function dashboards(): Readonly<Record<string, string>> {
  const text = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`;
  return { 'fleet.json': text(fleet()), 'node.json': text(node()) };
}
