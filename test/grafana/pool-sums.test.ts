import { describe, expect, test } from 'vitest';
import { dashboards } from '../../grafana/dashboards.ts';
import { BY_PROMETHEUS, PASSED_THROUGH, ruleGroups } from '../support/monitoring.ts';
import { queryOf } from './linter.ts';
import { panelsOf, parseDashboard } from './model.ts';
import { sumsAcrossPools } from './pool-sums.ts';

/** Grafana's variables where no value in quotes stands: as durations. */
const withDurations = (expr: string): string => expr.replace(/\$__\w+/g, '1m');

function queriesOf(text: string): readonly string[] {
  const { annotations, templating, ...rest } = parseDashboard(text);
  const variables = templating.list.flatMap(({ query }) => queryOf(query)?.expr ?? []);
  const targets = panelsOf(rest).flatMap((panel) => panel.targets ?? []);
  return [...annotations.list, ...targets].map(({ expr }) => expr).concat(variables);
}

describe('a sum over endpoints names the pool', () => {
  test.each([
    ['ephemeral-ports.rules.yml', PASSED_THROUGH],
    ['ephemeral-ports-by-prometheus.rules.yml', BY_PROMETHEUS],
  ])('in %s', (_, path) => {
    const expressions = ruleGroups(path).flatMap(({ rules }) => rules.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(15);
    expect(expressions.flatMap(sumsAcrossPools)).toEqual([]);
  });

  test.each(Object.entries(dashboards()))('in %s', (_, text) => {
    const expressions = queriesOf(text).map(withDurations);
    expect(expressions.length).toBeGreaterThan(30);
    expect(expressions.flatMap(sumsAcrossPools)).toEqual([]);
  });

  test.each([
    'sum(ephemeral_ports_endpoint_held)',
    'sum by (netns) (ephemeral_ports_endpoint_held)',
    'sum without (pool) (ephemeral_ports_endpoint_held)',
    'sum by (netns) (ephemeral_ports_endpoint_held{pool=~"$pool"})',
    'sum by (netns) (ephemeral_ports_endpoint_held{pool="udp"} or ephemeral_ports_endpoint_held)',
    '1 + sum(max without (pod) (ephemeral_ports_alert)) / 2',
  ])('and %s does not', (expr) => {
    expect(sumsAcrossPools(expr)).toHaveLength(1);
  });

  test.each([
    'sum by (netns, pool) (ephemeral_ports_endpoint_held)',
    'sum without (instance) (ephemeral_ports_endpoint_held)',
    'sum by (netns) (ephemeral_ports_endpoint_held{pool=~"connect|udp"})',
    'sum(ephemeral_ports_omitted_held)',
    'max(ephemeral_ports_endpoint_held)',
  ])('and so does %s', (expr) => {
    expect(sumsAcrossPools(expr)).toEqual([]);
  });
});
