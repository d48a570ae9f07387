/** Selectors of the exporter's series, by how much of the fleet they mean. */

/** Labels that identify a namespace. */
export const NAMESPACE_LABELS = ['job', 'instance', 'pod_namespace', 'pod_name', 'netns'] as const;

/** Labels that say what kind of pool an endpoint is, and which remote end it has. */
export const REMOTE_LABELS = [
  'pool',
  'protocol',
  'remote_name',
  'remote_address',
  'remote_port',
] as const;

/** Labels that identify an endpoint. */
export const ENDPOINT_LABELS = [...NAMESPACE_LABELS, ...REMOTE_LABELS, 'local_address'] as const;

/** What a selector is limited to: the chosen nodes, the chosen namespace on them, or the chosen endpoint in it. */
export type Scope = 'fleet' | 'namespace' | 'endpoint';

/** Matchers with the two variables that both dashboards have. */
const FLEET = ['job=~"$job"', 'instance=~"$instance"'];
const NAMESPACE = [...FLEET, 'netns="$netns"'];

/** The variables that choose an endpoint; each has the name of the label that it matches. */
export const ENDPOINT_VARIABLES = [
  'pool',
  'protocol',
  'local_address',
  'remote_address',
  'remote_port',
] as const;

const MATCHERS: Readonly<Record<Scope, readonly string[]>> = {
  fleet: FLEET,
  namespace: NAMESPACE,
  endpoint: [...NAMESPACE, ...ENDPOINT_VARIABLES.map((label) => `${label}=~"$${label}"`)],
};

/** A selector of the metric `name`, which is given without the prefix `ephemeral_ports_`. */
export function series(name: string, scope: Scope, ...matchers: readonly string[]): string {
  return plain(`ephemeral_ports_${name}`, scope, ...matchers);
}

/** The same for a metric that is not the exporter's. */
export function plain(name: string, scope: Scope, ...matchers: readonly string[]): string {
  return `${name}{${[...MATCHERS[scope], ...matchers].join(',')}}`;
}

/**
 * Drops all labels but these. In PromQL it is a sum; the labels must identify the series, so that each sum has one
 * summand.
 */
export function only(labels: readonly string[], expression: string): string {
  return `sum by (${labels.join(', ')}) (${expression})`;
}

/** How many series an expression has; 0, not nothing, where it has none. */
export function count(expression: string): string {
  return `count(${expression}) or vector(0)`;
}
