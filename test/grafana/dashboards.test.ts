import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dashboards } from '../../grafana/dashboards.ts';
import { UID } from '../../grafana/links.ts';
import { ALERT_PANEL, FLEET_PANELS, NODE_PANELS } from '../../grafana/panel-ids.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { type Dashboard, type Panel, panelsOf, parseDashboard } from './model.ts';

const FOLDER = new URL('../../grafana/dashboards/', import.meta.url);

const all = Object.entries(dashboards()).map(([file, text]) => ({
  file,
  text,
  dashboard: parseDashboard(text),
}));

function find(file: string): Dashboard {
  const found = all.find((each) => each.file === file);
  if (found === undefined) throw new Error(`no ${file}`);
  return found.dashboard;
}

const FLEET = find('fleet.json');
const NODE = find('node.json');

/** Whether two panels lie on one another. */
function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** All URLs of links in a panel: in its corner, and in its cells. */
function urls(panel: Panel): readonly string[] {
  const properties = (panel.fieldConfig?.overrides ?? []).flatMap((each) => each.properties);
  const cells = properties
    .filter(({ id }) => id === 'links')
    .flatMap(({ value }) => value as readonly { readonly url: string }[]);
  return [...(panel.links ?? []), ...cells].map(({ url }) => url);
}

describe.each(all)('$file', ({ file, text, dashboard }) => {
  const panels = panelsOf(dashboard);

  test('is what the code makes (npm run grafana, or UPDATE_GOLDEN=1, writes it)', () => {
    const path = new URL(file, FOLDER);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
    expect(readFileSync(path, 'utf8') === text).toBe(true);
  });

  test('is a classic dashboard of Grafana 11 and 12', () => {
    expect(dashboard).toMatchObject({ schemaVersion: 41, timezone: 'browser', refresh: '30s' });
    expect(dashboard.tags).toContain('ephemeral-ports');
    expect(dashboard.uid).toMatch(/^[a-z-]{8,40}$/);
    expect(dashboard.links).toMatchObject([{ tags: ['ephemeral-ports'], includeVars: true }]);
    expect(dashboard).not.toHaveProperty('id');
  });

  test('gives each panel a number and a place of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const panel of panels) {
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      const under = panels.filter((other) => other !== panel && overlap(panel, other));
      expect(under.map(({ title }) => title)).toEqual([]);
    }
  });

  test('gives each query of a panel a name of its own, and the templated data source', () => {
    for (const { targets = [] } of panels) {
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const target of targets) expect(target.datasource?.uid).toBe('${datasource}');
    }
  });

  test('hard-codes no threshold: at most whether there is any', () => {
    const steps = panels.flatMap((panel) => panel.fieldConfig?.defaults.thresholds?.steps ?? []);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter(({ value }) => value !== null && value !== 1)).toEqual([]);
    const ratios = panels.filter((panel) => panel.fieldConfig?.defaults.unit === 'percentunit');
    for (const { fieldConfig } of ratios) {
      expect(fieldConfig?.defaults.thresholds?.steps).toHaveLength(1);
    }
  });

  test('links only to panels and variables that are there', () => {
    const found = panels.flatMap(urls);
    expect(found.length).toBeGreaterThan(0);
    for (const url of found) {
      const goal = url.startsWith(`/d/${UID.node}?`) ? NODE : FLEET;
      expect(url).toContain(`/d/${goal.uid}?`);
      expect(url).toContain('${__url_time_range}');
      const names = goal.templating.list.map(({ name }) => name);
      const used = Array.from(
        url.matchAll(/var-(\w+)=|\$\{(\w+):queryparam\}/g),
        (m) => m[1] ?? m[2],
      );
      expect(names).toEqual(expect.arrayContaining(used));
      expect(used).toEqual(expect.arrayContaining(['datasource', 'job', 'instance']));
      const [, panel] = /viewPanel=(\d+)/.exec(url) ?? [];
      if (panel !== undefined) expect(goal.panels.map(({ id }) => id)).toContain(Number(panel));
    }
  });

  /** `noValue` would stand in every cell of a label that is empty. */
  test('leaves empty cells of tables empty', () => {
    const named = panels.filter(({ fieldConfig }) => fieldConfig?.defaults.noValue !== undefined);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ type }) => type === 'table')).toEqual([]);
  });

  test('a link uses only columns that the table has', () => {
    for (const panel of panels.filter(({ type }) => type === 'table')) {
      const organized = panel.transformations?.find(({ id }) => id === 'organize')?.options;
      const columns = Object.keys(organized?.renameByName ?? {});
      const used = urls(panel).flatMap((url) =>
        Array.from(url.matchAll(/__data\.fields\.(\w+)/g), ([, name = '']) => name),
      );
      expect(columns).toEqual(expect.arrayContaining(used));
    }
  });
});

describe('both dashboards', () => {
  test('are in the README beside them, with the panel of each alert', () => {
    const readme = readFileSync(new URL('../../grafana/README.md', import.meta.url), 'utf8');
    for (const [alert, panel] of Object.entries(ALERT_PANEL)) {
      expect(readme).toContain(`| ${alert} | ${panel} |`);
    }
    for (const uid of Object.values(UID)) expect(readme).toContain(`\`${uid}\``);
    const labels = [...FLEET.templating.list, ...NODE.templating.list].map(({ label }) => label);
    expect(labels.filter((label = '') => !readme.includes(label))).toEqual([]);
  });

  /** Numbers that links and bookmarks know: none may change, none may be used again. */
  test('keep the numbers of their panels', () => {
    const numbers = (panels: readonly Panel[]): number[] => panels.map(({ id }) => id);
    expect(numbers(FLEET.panels).toSorted()).toEqual(Object.values(FLEET_PANELS).toSorted());
    expect(numbers(NODE.panels).toSorted()).toEqual(Object.values(NODE_PANELS).toSorted());
    const title = (dashboard: Dashboard, id: number): string | undefined =>
      dashboard.panels.find((panel) => panel.id === id)?.title;
    expect([5, 6, 11].map((id) => title(FLEET, id))).toMatchInlineSnapshot(`
      [
        "Endpoints at risk",
        "Alerts that fire",
        "Down or stale",
      ]
    `);
    expect([7, 9, 10, 11, 12, 15, 17, 21, 22, 23].map((id) => title(NODE, id)))
      .toMatchInlineSnapshot(`
      [
        "Ports held, by state",
        "Used, and peak",
        "First pass, against its cliff",
        "Forecast: time to exhaustion",
        "Churn, against its ceiling",
        "Left where there is no destination",
        "UDP and SCTP: used",
        "Bound addresses: held and available",
        "bind() without a port: used",
        "Range owned by listeners and binds",
      ]
    `);
  });

  test('lead from every alert to a panel, and from that panel back to the alerts', () => {
    expect(Object.keys(defaultConfig().alerts)).toEqual(
      expect.arrayContaining(Object.keys(ALERT_PANEL)),
    );
    for (const id of Object.values(ALERT_PANEL)) {
      const panel = NODE.panels.find((each) => each.id === id);
      const links = panel === undefined ? [] : urls(panel);
      expect(links.join()).toContain(`/d/${UID.fleet}?`);
      expect(links.join()).toContain(`viewPanel=${FLEET_PANELS.alerts}`);
    }
  });
});
