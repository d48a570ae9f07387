import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { ENDPOINT_VARIABLES } from './select.ts';

/** The dashboards' names in URLs. Bookmarks and alerts use them: they never change. */
export const UID = { fleet: 'ephemeral-ports-fleet', node: 'ephemeral-ports-node' } as const;

/** By this tag each dashboard lists the others. */
export const TAG = 'ephemeral-ports';

/** A link of one cell, as Grafana keeps it in the options of a column. */
export interface CellLink {
  readonly title: string;
  readonly url: string;
}

const TIME = '${__url_time_range}';

/** The value of the column `name` in the row that was clicked. */
function cell(name: string): string {
  return `\${__data.fields.${name}}`;
}

/** Variables of *Node* that choose a namespace; the tables have a column of the same name for each. */
const NAMESPACE_VARIABLES = ['job', 'instance', 'netns'] as const;

function nodeUrl(...more: readonly string[]): string {
  const namespace = NAMESPACE_VARIABLES.map((name) => `var-${name}=${cell(name)}`);
  const all = ['${datasource:queryparam}', ...namespace, ...more, TIME];
  return `/d/${UID.node}?${all.join('&')}`;
}

/** The column that `withEndpointQuery` adds; `:raw`, because its value is a part of a URL already. */
const ENDPOINT_QUERY = '${__data.fields.endpoint_query:raw}';

/** Opens *Node* with the namespace of the row. */
export const TO_NAMESPACE: CellLink = { title: 'Open the namespace', url: nodeUrl() };

/** Opens *Node* with the endpoint of the row. Needs the column `endpoint_query`. */
export const TO_ENDPOINT: CellLink = {
  title: 'Open the endpoint',
  url: nodeUrl(ENDPOINT_QUERY),
};

/** Opens one panel of *Node* with the endpoint of the row. Needs the columns `endpoint_query` and `panel`. */
export const TO_ALERT_PANEL: CellLink = {
  title: 'Open the panel that the alert judges',
  url: nodeUrl(ENDPOINT_QUERY, `viewPanel=${cell('panel')}`),
};

/**
 * Adds the label `endpoint_query`: the part of a URL that chooses the endpoint on *Node*. A link cannot use the
 * labels themselves: one that is empty in all rows has no column.
 */
export function withEndpointQuery(expression: string): string {
  const parts = ENDPOINT_VARIABLES.map((label) => `query_${label}`);
  const replaced = ENDPOINT_VARIABLES.reduce(
    (inner, label) =>
      `label_replace(${inner}, "query_${label}", "var-${label}=$1", "${label}", "(.+)")`,
    expression,
  );
  const quoted = parts.map((part) => `"${part}"`).join(', ');
  return `label_join(${replaced}, "endpoint_query", "&", ${quoted})`;
}

/** A link in the corner of a panel, to one panel of *Fleet*, for the same nodes. */
export function toFleetPanel(title: string, panel: number): DashboardLinkBuilder {
  const variables = ['datasource', 'job', 'instance'].map((name) => `\${${name}:queryparam}`);
  const url = `/d/${UID.fleet}?${[...variables, `viewPanel=${panel}`, TIME].join('&')}`;
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

/** A list, at the top of each dashboard, of the others. */
export function toSiblings(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Ephemeral ports')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}
