import { describe, expect, test } from 'vitest';
import { dashboards } from '../../grafana/dashboards.ts';
import { RULES } from './linter.ts';
import { type Dashboard, parseDashboard, type Target, type Variable } from './model.ts';

/** Changes one thing of a good dashboard. */
type Spoil = (dashboard: Dashboard) => Dashboard;

interface Example {
  readonly spoil: Spoil;
  /** Part of what the rule then says. */
  readonly found: string;
}

const GOOD: Dashboard = parseDashboard(dashboards()['node.json'] ?? '');

function variable(name: string, change: Partial<Variable>): Spoil {
  return (dashboard) => ({
    ...dashboard,
    templating: {
      list: dashboard.templating.list.map((each) =>
        each.name === name ? { ...each, ...change } : each,
      ),
    },
  });
}

function without(name: string): Spoil {
  return (dashboard) => ({
    ...dashboard,
    templating: { list: dashboard.templating.list.filter((each) => each.name !== name) },
  });
}

function panel(change: object): Spoil {
  return (dashboard) => ({
    ...dashboard,
    panels: dashboard.panels.map((each) => (each.id === 9 ? { ...each, ...change } : each)),
  });
}

function target(change: Partial<Target>): Spoil {
  const rest = { refId: 'A', expr: 'vector(1)' };
  return panel({ targets: [{ ...rest, ...change }] });
}

const LOKI = { type: 'loki', uid: '${loki}' };
const BOTH = 'job=~"$job",instance=~"$instance"';

/** What each rule must find; the rules have no other. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  'template-datasource-rule': [
    { spoil: without('datasource'), found: 'no templated data source' },
    { spoil: variable('datasource', { name: 'source' }), found: 'is named source' },
    { spoil: variable('datasource', { label: 'Prometheus' }), found: 'is labelled Prometheus' },
  ],
  'template-job-rule': [
    { spoil: without('job'), found: 'no variable job' },
    { spoil: variable('job', { multi: false }), found: 'not multi select' },
    { spoil: variable('job', { allValue: '.*' }), found: 'another allValue' },
    { spoil: variable('job', { label: 'job' }), found: 'not labelled Job' },
    { spoil: variable('job', { type: 'custom' }), found: 'is no query' },
    { spoil: variable('job', { datasource: { uid: 'abc' } }), found: 'templated data source' },
  ],
  'template-instance-rule': [
    { spoil: without('instance'), found: 'no variable instance' },
    { spoil: variable('instance', { multi: false }), found: 'not multi select' },
  ],
  'template-label-promql-rule': [
    { spoil: variable('netns', { query: 'label_values(up{, netns)' }), found: 'no PromQL' },
    { spoil: variable('netns', { query: 'labels(up)' }), found: 'no function' },
  ],
  'template-on-time-change-reload-rule': [
    { spoil: variable('netns', { refresh: 1 }), found: 'netns is not asked again' },
  ],
  'panel-datasource-rule': [
    { spoil: panel({ datasource: { uid: 'abc' } }), found: 'templated data source' },
    { spoil: panel({ datasource: undefined }), found: 'templated data source' },
  ],
  'panel-title-description-rule': [
    { spoil: panel({ title: '' }), found: 'no title' },
    { spoil: panel({ description: undefined }), found: 'no description' },
  ],
  'panel-units-rule': [
    { spoil: panel({ fieldConfig: { defaults: { unit: 'ports' } } }), found: 'unit: "ports"' },
    { spoil: panel({ fieldConfig: undefined }), found: 'no valid unit' },
  ],
  'panel-no-targets-rule': [
    { spoil: panel({ targets: undefined }), found: 'has no targets' },
    { spoil: panel({ targets: [] }), found: 'has no targets' },
  ],
  'target-logql-rule': [
    { spoil: target({ datasource: LOKI, expr: '{job="x"' }), found: 'no LogQL' },
  ],
  'target-logql-auto-rule': [
    { spoil: target({ datasource: LOKI, expr: 'rate({job="x"}[5m])' }), found: 'fixed range' },
  ],
  'target-promql-rule': [
    { spoil: target({ expr: 'sum(up' }), found: 'no PromQL' },
    { spoil: target({ expr: '' }), found: 'no PromQL' },
    { spoil: target({ expr: '', panelId: 999 }), found: 'no PromQL' },
  ],
  'target-rate-interval-rule': [
    { spoil: target({ expr: 'sum(rate(a_total[5m]))' }), found: 'without $__rate_interval' },
    { spoil: target({ expr: 'irate(a_total[$__range])' }), found: 'without $__rate_interval' },
  ],
  'target-job-rule': [
    { spoil: target({ expr: 'up{instance=~"$instance"}' }), found: 'no job' },
    { spoil: target({ expr: 'up{job="$job",instance=~"$instance"}' }), found: 'no job' },
    { spoil: target({ expr: `up{${BOTH}} / up` }), found: 'no job' },
  ],
  'target-instance-rule': [{ spoil: target({ expr: 'up{job=~"$job"}' }), found: 'no instance' }],
  'target-counter-agg-rule': [
    { spoil: target({ expr: 'sum(a_total)' }), found: 'a counter' },
    { spoil: target({ expr: `max_over_time(a_total{${BOTH}}[5m])` }), found: 'a counter' },
  ],
  'uneditable-dashboard': [
    { spoil: (dashboard) => ({ ...dashboard, editable: true }), found: 'is editable' },
  ],
};

/** What the rules must let pass. */
const FINE: Readonly<Record<string, readonly Spoil[]>> = {
  'target-logql-rule': [target({ datasource: LOKI, expr: '{job="x"} |= "refused"' })],
  'target-logql-auto-rule': [target({ datasource: LOKI, expr: 'rate({job="x"}[$__auto])' })],
  'target-promql-rule': [target({ expr: '', panelId: 10 })],
  'target-rate-interval-rule': [target({ expr: 'rate(a_total[$__rate_interval])' })],
  'target-counter-agg-rule': [target({ expr: `increase(a_total{${BOTH}}[5m])` })],
  'panel-units-rule': [panel({ fieldConfig: { defaults: { mappings: [{}] } } })],
};

describe.each(Object.entries(RULES))('%s', (name, rule) => {
  test.each(Object.entries(dashboards()))('has nothing to say about %s', (_, text) => {
    expect(rule(parseDashboard(text))).toEqual([]);
  });

  test('finds its counter-examples, and nothing else', () => {
    const examples = EXAMPLES[name] ?? [];
    expect(examples.length).toBeGreaterThan(0);
    for (const { spoil, found } of examples) {
      const findings = rule(spoil(GOOD));
      expect(findings.join('\n')).toContain(found);
      expect(findings).toHaveLength(1);
    }
    for (const change of FINE[name] ?? []) expect(rule(change(GOOD))).toEqual([]);
  });
});
