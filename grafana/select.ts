/** Selectors of the exporter's series, by how much of the fleet they mean. */

/** Labels of a namespace's series; the order is that of the tables' columns. */
export const NAMESPACE_LABELS = ['job', 'instance', 'pod_namespace', 'pod_name', 'netns'] as const;

/** Labels that say what kind of pool an endpoint is, and which remote end it has. */
export const REMOTE_LABELS = [
  'pool',
  'protocol',
  'remote_name',
  'remote_address',
  'remote_port',
] as const;

export const ENDPOINT_LABELS = [...NAMESPACE_LABELS, ...REMOTE_LABELS, 'local_address'] as const;

/** What the variables of a dashboard choose. */
export type Scope = 'fleet' | 'namespace' | 'endpoint';

/** All dashboards have these two. */
const FLEET = ['job=~"$job"', 'instance=~"$instance"'];
const NAMESPACE = [...FLEET, 'netns="$netns"'];

/** The variables that name an endpoint, each also a label. */
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

/** The series `name`, without the common prefix, that `scope` and the other matchers choose. */
export function series(name: string, scope: Scope, ...matchers: readonly string[]): string {
  return plain(`ephemeral_ports_${name}`, scope, ...matchers);
}

/** The same, of a series that is not the exporter's. */
export function plain(name: string, scope: Scope, ...matchers: readonly string[]): string {
  return `${name}{${[...MATCHERS[scope], ...matchers].join(',')}}`;
}

/** Sums away all labels but these; there is one series for each, so that nothing is added up. */
export function only(labels: readonly string[], expression: string): string {
  return `sum by (${labels.join(', ')}) (${expression})`;
}

/** A count that is 0 where there is nothing to count. */
export function count(expression: string): string {
  return `count(${expression}) or vector(0)`;
}
