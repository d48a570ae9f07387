import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { series } from './select.ts';

/** Every panel and query reads from what this variable chooses. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

export function datasource(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

const ALL = { text: 'All', value: '$__all' };

function query(name: string, label: string, text: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .query(text)
    .datasource(DATASOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** Many of them, or all, at first. */
function many(name: string, label: string, text: string): QueryVariableBuilder {
  return query(name, label, text).multi(true).includeAll(true).allValue('.+').current(ALL);
}

export function job(): QueryVariableBuilder {
  return many('job', 'Job', 'label_values(ephemeral_ports_build_info, job)');
}

const INSTANCES = 'label_values(ephemeral_ports_build_info{job=~"$job"}, instance)';

export function instances(): QueryVariableBuilder {
  return many('instance', 'Instance', INSTANCES);
}

/** One at first. More can be chosen, as the linter wants it. */
export function instance(): QueryVariableBuilder {
  return query('instance', 'Instance', INSTANCES)
    .multi(true)
    .includeAll(false)
    .allValue('.+')
    .description('The panels are made for one instance.');
}

const NAMESPACES = `label_join(${series('netns_info', 'fleet')}, "place", " ", "netns", "name", "pod_namespace", "pod_name")`;

/** Shows the names of a namespace, and chooses it by its number. */
export function namespace(): QueryVariableBuilder {
  return query('netns', 'Network namespace', `query_result(${NAMESPACES})`)
    .regex('/netns="(?<value>[^"]+)".*place="(?<text>[^"]*?) *"/')
    .description('Number, name, and the pod where it is one.');
}

/** One label of the endpoint, or all: then each panel shows every endpoint of the namespace. */
function endpointPart(name: string, label: string, allValue: string): QueryVariableBuilder {
  const all = series('endpoint_held', 'namespace');
  return query(name, label, `label_values(${all}, ${name})`)
    .includeAll(true)
    .allValue(allValue)
    .current(ALL);
}

export function endpoint(): readonly QueryVariableBuilder[] {
  return [
    endpointPart('pool', 'Pool', '.+'),
    endpointPart('protocol', 'Protocol', '.+'),
    endpointPart('local_address', 'From', '.*'),
    endpointPart('remote_address', 'To', '.*'),
    endpointPart('remote_port', 'Port', '.*'),
  ];
}
