import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildRules } from '../../src/alerts/rules.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { run } from '../support/exporter.ts';
import {
  ALERTMANAGER,
  BY_PROMETHEUS,
  DEPLOY,
  ASKED_MONITORING,
  outcome,
  PASSED_THROUGH,
  type PrometheusRule,
  ruleGroups,
} from '../support/monitoring.ts';

const RULE_TESTS = fileURLToPath(new URL('prometheus', import.meta.url));
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const RULES_README = readFileSync(`${DEPLOY}/prometheus/README.md`, 'utf8');
const FILES = [PASSED_THROUGH, BY_PROMETHEUS];

const ruleTests = readdirSync(RULE_TESTS).filter((file) => file.endsWith('.test.yml'));

const { name, reason, programs } = ASKED_MONITORING;

describe(name, () => {
  test.skipIf(reason !== undefined)('promtool finds nothing wrong with the rules', () => {
    const checked = outcome(
      programs.promtool,
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      ...FILES,
    );
    expect(checked.output.match(/SUCCESS/g)).toHaveLength(FILES.length);
    expect(checked.status).toBe(0);
  });

  test.skipIf(reason !== undefined).each(ruleTests)('%s passes', (file) => {
    const tested = outcome(programs.promtool, 'test', 'rules', `${RULE_TESTS}/${file}`);
    expect(tested).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') as string });
  });
});

const rulesOf = (path: string): PrometheusRule[] => ruleGroups(path).flatMap(({ rules }) => rules);
const alertsOf = (path: string): PrometheusRule[] =>
  rulesOf(path).filter(({ alert }) => alert !== undefined);
const namesOf = (path: string): string[] => alertsOf(path).map(({ alert = '' }) => alert);

/** Alerts that the exporter evaluates, and those that can be configured and are not evaluated yet. */
const EVALUATED = new Set([
  ...Object.keys(defaultConfig().alerts),
  ...buildRules(defaultConfig().alerts).map(({ alert }) => alert),
]);

describe('each alert', () => {
  test('of the exporter has one rule in each file', () => {
    expect(EVALUATED.size).toBeGreaterThan(5);
    for (const path of FILES) {
      const names = namesOf(path);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining([...EVALUATED]));
    }
    expect(namesOf(BY_PROMETHEUS)).toEqual(namesOf(PASSED_THROUGH));
  });

  test('has a runbook with the sections that a runbook needs, and no runbook is left over', () => {
    const runbooks = readdirSync(`${DEPLOY}/runbooks`).map((file) => file.replace(/\.md$/, ''));
    expect(runbooks.toSorted()).toEqual(namesOf(PASSED_THROUGH).toSorted());
    for (const name of runbooks) {
      const text = readFileSync(`${DEPLOY}/runbooks/${name}.md`, 'utf8');
      expect(text.match(/^#.*/gm), name).toEqual([
        `# ${name}`,
        '## What it means',
        '## Confirm',
        '## Remedy',
        '## When it is harmless',
      ]);
      const [, confirm = ''] = /## Confirm\n([\s\S]*)## Remedy/.exec(text) ?? [];
      expect(confirm, name).toMatch(/^(nsenter .*|curl .*)?\b(ss|curl) /m);
      expect(text, name).toMatch(/side effects?/i);
      if (EVALUATED.has(name)) expect(confirm, name).toMatch(/^nsenter -t "\$PID" -n cat \/proc/m);
      if (EVALUATED.has(name)) expect(confirm, name).toMatch(/^nsenter -t "\$PID" -n ss /m);
    }
  });

  test('has a row in the README, or beside the rules, that leads to its runbook', () => {
    const rows = `${README}${RULES_README}`.split('\n');
    const listed = (name: string): boolean =>
      rows.some((row) => row.startsWith(`| [${name}](`) && row.includes(`runbooks/${name}.md)`));
    expect(namesOf(PASSED_THROUGH).filter((name) => !listed(name))).toEqual([]);
  });

  test.each(FILES)('says where its runbook is, from one base: %s', (path) => {
    const urls = new Set(alertsOf(path).map(({ annotations }) => annotations?.['runbook_url']));
    expect([...urls]).toEqual([
      expect.stringMatching(/^https:.*\/deploy\/runbooks\/\{\{ \$labels\.alert \}\}\.md$/),
    ]);
    expect(readFileSync(path, 'utf8').match(/https?:\/\//g)).toHaveLength(1);
  });

  test('is passed through without a wait, and keeps firing for five minutes', () => {
    const [passed] = ruleGroups(PASSED_THROUGH);
    expect(passed?.rules.map(({ alert }) => alert).toSorted()).toEqual([...EVALUATED].toSorted());
    for (const rule of passed?.rules ?? []) {
      expect(rule.for, rule.alert).toBeUndefined();
      expect(rule.keep_firing_for, rule.alert).toBe('5m');
    }
  });

  test('of the exporter says the same in both files', () => {
    const texts = (path: string): unknown[] =>
      alertsOf(path).map(({ alert, labels, annotations }) => ({ alert, labels, annotations }));
    expect(texts(BY_PROMETHEUS)).toEqual(texts(PASSED_THROUGH));
  });
});

const SHARED = '  # From here on both files are the same.\n';

describe('the rules', () => {
  test('of the exporter itself and of the fleet are the same in both files (UPDATE_GOLDEN=1 writes them)', () => {
    const halves = (path: string): string[] => readFileSync(path, 'utf8').split(SHARED);
    const [, shared = ''] = halves(PASSED_THROUGH);
    const [head = '', copy] = halves(BY_PROMETHEUS);
    expect(shared).toContain('- name: ephemeral-ports-fleet');
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(BY_PROMETHEUS, head + SHARED + shared);
    } else {
      expect(copy).toBe(shared);
    }
  });

  test('use no metric that the exporter does not have, and no record that is not recorded', () => {
    const { stdout } = run('--once', '--once.format=metrics');
    const exported = new Set(
      Array.from(stdout.matchAll(/^# TYPE (\S+)/gm), ([, name = '']) => name),
    );
    expect(exported.size).toBeGreaterThan(25);
    for (const path of FILES) {
      const rules = rulesOf(path);
      const recorded = new Set(rules.map(({ record }) => record));
      const used = rules.flatMap(({ expr, annotations = {} }) =>
        [expr, ...Object.values(annotations)].flatMap(
          (text) => text.match(/[\w:]*ephemeral_ports_[\w:]+/g) ?? [],
        ),
      );
      expect(used.length).toBeGreaterThan(40);
      const unknown = used.filter((name) => !exported.has(name) && !recorded.has(name));
      expect(unknown, path).toEqual([]);
    }
  });

  test('compare with exported thresholds, never with numbers of their own', () => {
    const [evaluated] = ruleGroups(BY_PROMETHEUS);
    const comparisons = (evaluated?.rules ?? []).flatMap(
      ({ expr }) => expr.match(/(?:[<>]=?|==)\s*\S+/g) ?? [],
    );
    expect(comparisons).toHaveLength(18);
    expect(new Set(comparisons.map((each) => each.replace(/^\S+\s+/, '')))).toEqual(
      new Set(['on']),
    );
  });

  test('record under names of level, metric and operation', () => {
    const records = FILES.flatMap(rulesOf).flatMap(({ record }) => record ?? []);
    expect(records.length).toBeGreaterThan(15);
    for (const record of records) expect(record).toMatch(/^[a-z]+:ephemeral_ports_\w+:[a-z0-9]+$/);
  });
});

describe('the Alertmanager example', () => {
  test('knows the alerts by name', () => {
    const text = readFileSync(ALERTMANAGER, 'utf8');
    const patterns = Array.from(text.matchAll(/alertname=~?"([^"]+)"/g), ([, name = '']) => name);
    expect(patterns.length).toBeGreaterThan(5);
    for (const pattern of patterns) {
      const matching = namesOf(PASSED_THROUGH).filter((name) =>
        new RegExp(`^(?:${pattern})$`).test(name),
      );
      expect(matching.length, pattern).toBeGreaterThan(0);
    }
  });
});
