import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { series } from './select.ts';

/** The data source that the variable `datasource` chooses; every panel and query reads from it. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Chooses the Prometheus. */
export function datasource(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

const ALL = { text: 'All', value: '$__all' };

/** A variable whose choices Prometheus is asked for, again whenever the time range changes. */
function query(name: string, label: string, text: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .query(text)
    .datasource(DATASOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** A variable of which several values can be chosen; at first it is all of them. */
function many(name: string, label: string, text: string): QueryVariableBuilder {
  return query(name, label, text).multi(true).includeAll(true).allValue('.+').current(ALL);
}

/** Chooses jobs. */
export function job(): QueryVariableBuilder {
  return many('job', 'Job', 'label_values(ephemeral_ports_build_info, job)');
}

const INSTANCES = 'label_values(ephemeral_ports_build_info{job=~"$job"}, instance)';

/** Chooses nodes, any number of them. */
export function instances(): QueryVariableBuilder {
  return many('instance', 'Instance', INSTANCES);
}

/** Chooses one node. More can be chosen, because Grafana's dashboard-linter demands it. */
export function instance(): QueryVariableBuilder {
  return query('instance', 'Instance', INSTANCES)
    .multi(true)
    .includeAll(false)
    .allValue('.+')
    .description('The panels are made for one instance.');
}

/**
 * All namespaces, with everything that names one in the label `text`. Labels come in alphabetical order, and the
 * regular expression below expects this one after `netns`.
 */
const NAMESPACES = `label_join(${series('netns_info', 'fleet')}, "text", " ", "netns", "name", "pod_namespace", "pod_name")`;

/** Chooses one namespace: it offers the names and sets the value of the label `netns`. */
export function namespace(): QueryVariableBuilder {
  return query('netns', 'Network namespace', `query_result(${NAMESPACES})`)
    .regex('/netns="(?<value>[^"]+)".*text="(?<text>[^"]*?) *"/')
    .description('Number, name, and the pod where it is one.');
}

/** Chooses one label of the endpoint, or all values: then the panels show every endpoint of the namespace. */
function endpointPart(name: string, label: string, allValue: string): QueryVariableBuilder {
  const all = series('endpoint_held', 'namespace');
  return query(name, label, `label_values(${all}, ${name})`)
    .includeAll(true)
    .allValue(allValue)
    .current(ALL);
}

/** The variables that choose an endpoint, in the order of `ENDPOINT_VARIABLES`. */
export function endpoint(): readonly QueryVariableBuilder[] {
  return [
    endpointPart('pool', 'Pool', '.+'),
    endpointPart('protocol', 'Protocol', '.+'),
    endpointPart('local_address', 'From', '.*'),
    endpointPart('remote_address', 'To', '.*'),
    endpointPart('remote_port', 'Port', '.*'),
  ];
}
