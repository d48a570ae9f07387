import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBpf } from '../support/bpf.ts';
import { dashboards } from '../../grafana/dashboards.ts';
import { missing } from '../../deploy/demo/lab/tools.ts';
import { DATABASE, exhaustion, type Exhaustion, POD_NAME } from './exhaustion.ts';
import { fill, findings, legendOf, rowsOf, tableFindings, type Values } from './findings.ts';
import { queryOf } from './linter.ts';
import {
  type Dashboard,
  type Override,
  type Panel,
  panelsOf,
  parseDashboard,
  type Variable,
} from './model.ts';

/** Every query of both dashboards, asked of a real Prometheus that has scraped a real exhaustion. */

const reason = missing(['prometheus', 'prometheus']);

const FLEET = parseDashboard(dashboards()['fleet.json'] ?? '');
const NODE = parseDashboard(dashboards()['node.json'] ?? '');

const INSTANCE = '127.0.0.1:9065';
const ALL = { job: '.+', instance: '.+' };
/** All endpoints of one namespace. */
const within = (netns: string): Values => ({
  job: 'ephemeral-ports',
  instance: INSTANCE.replaceAll('.', '\\\\.'),
  netns,
  pool: '.+',
  protocol: '.+',
  local_address: '.*',
  remote_address: '.*',
  remote_port: '.*',
});

/** The values that a link of the fleet's tables gives the variables. */
function chosen(endpointQuery: string): Values {
  const pairs = endpointQuery.split('&').filter((part) => part !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^var-(\w+)=(.*)$/.exec(pair) ?? [];
      return [name, value.replaceAll('.', '\\\\.')];
    }),
  );
}

const TO_DATABASE = chosen(
  `var-pool=connect&var-protocol=tcp&var-local_address=127.0.0.1&var-remote_address=${DATABASE.to}&var-remote_port=${DATABASE.port}`,
);

const inPod = (): Values => within(seen.pod.netns);

/** The values of the variables are known only when there is a pod. */
const VIEWS: readonly (readonly [string, Dashboard, () => Values])[] = [
  ['fleet', FLEET, () => ALL],
  ['node, all endpoints', NODE, inPod],
  ['node, one endpoint', NODE, () => ({ ...inPod(), ...TO_DATABASE })],
];

let seen: Exhaustion;

beforeAll(async () => {
  if (reason === undefined) seen = await exhaustion();
}, 180_000);

afterAll(async () => {
  if (reason === undefined) await seen.stop();
});

const withTargets = (dashboard: Dashboard): readonly Panel[] =>
  panelsOf(dashboard).filter(({ type }) => type !== 'row');

const tables = (dashboard: Dashboard): readonly Panel[] =>
  withTargets(dashboard).filter(({ type }) => type === 'table');

function panel(dashboard: Dashboard, id: number): Panel {
  const found = panelsOf(dashboard).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no panel ${id}`);
  return found;
}

/** Whether Grafana gives what the matcher has to a series of this name. */
function matches({ id, options }: Override['matcher'], name: string): boolean {
  if (id === 'byName') return options === name;
  const [, pattern = ''] = /^\/(.*)\/$/.exec(options) ?? [];
  return id === 'byRegexp' && new RegExp(pattern).test(name);
}

/** What a query variable offers, as Grafana asks for it. */
async function offered(variable: Variable, values: Values): Promise<readonly string[]> {
  const query = fill(variable.query, values);
  const { name = '', expr = '' } = queryOf(query) ?? {};
  if (name === 'label_values') {
    const label = /,\s*(\w+)\)$/.exec(query)?.[1] ?? '';
    return seen.prometheus.labelValues(label, expr);
  }
  const pattern = new RegExp((variable.regex ?? '').slice(1, -1));
  return (await seen.prometheus.instant(expr)).map(({ labels, value }) => {
    const { __name__: metric = '', ...others } = labels;
    const inner = Object.entries(others).map(([key, text]) => `${key}="${text}"`);
    const { text = '', value: netns = '' } =
      pattern.exec(`${metric}{${inner.join(',')}} ${value} 0`)?.groups ?? {};
    return `${netns}: ${text}`;
  });
}

describe.skipIf(reason !== undefined).each(VIEWS)('%s', (_, dashboard, valuesOf) => {
  test.each(withTargets(dashboard))('panel $id: $title', async ({ targets = [] }) => {
    for (const target of targets) {
      expect([target.refId, await findings(seen.prometheus, target, valuesOf())]).toEqual([
        target.refId,
        [],
      ]);
    }
  });

  test.each(tables(dashboard))('columns and rows of table $id: $title', async (table) => {
    const may = table.title === 'Exporters' ? 'add' : 'not add';
    expect(await tableFindings(seen.prometheus, table, valuesOf(), may)).toEqual([]);
  });

  test('marks', async () => {
    const [mark] = dashboard.annotations.list;
    const legendFormat = '{{alert}} {{severity}} {{pool}} {{remote_address}} {{remote_port}}';
    const target = { expr: mark?.expr ?? '', legendFormat };
    expect(await findings(seen.prometheus, target, valuesOf())).toEqual([]);
  });

  test('colours and lines are given to series that there are', async () => {
    const graphs = withTargets(dashboard).filter(({ type }) => type !== 'table');
    for (const { fieldConfig, targets = [], title } of graphs) {
      const names: string[] = [];
      for (const target of targets) {
        const rows = await rowsOf(seen.prometheus, target, valuesOf());
        names.push(...rows.map(({ labels }) => legendOf(target.legendFormat ?? '', labels)));
      }
      const matchers = (fieldConfig?.overrides ?? []).map(({ matcher }) => matcher);
      const looks = matchers.map(({ options }) => options);
      const limits = looks.filter((name) => name.startsWith('threshold '));
      const others = matchers.filter(({ options }) => !options.startsWith('threshold '));
      const unused = others.filter((matcher) => !names.some((name) => matches(matcher, name)));
      expect([title, unused]).toEqual([title, []]);
      if (limits.length > 0) expect(limits.some((name) => names.includes(name))).toBe(true);
      expect([title, new Set(names).size]).toEqual([title, names.length]);
    }
  });
});

describe.skipIf(reason !== undefined)('variables', () => {
  test.each([FLEET, NODE])('of $title offer what there is', async ({ templating }) => {
    const queries = templating.list.filter(({ type }) => type === 'query');
    for (const variable of queries) {
      const text = fill(queryOf(variable.query)?.expr ?? '', inPod());
      expect(await findings(seen.prometheus, { expr: text }, inPod())).toEqual([]);
      expect((await offered(variable, inPod())).filter((each) => each === '')).toEqual([]);
    }
  });

  test('offer instance, namespace and endpoint', async () => {
    const of = async (name: string): Promise<readonly string[]> => {
      const variable = NODE.templating.list.find((each) => each.name === name);
      return variable === undefined ? [] : offered(variable, inPod());
    };
    expect(await of('job')).toEqual(['ephemeral-ports']);
    expect(await of('instance')).toEqual([INSTANCE]);
    const places = (await of('netns')).toSorted();
    expect(places).toHaveLength(2);
    expect(places.join()).toMatch(/(^|,)host: host(,|$)/);
    expect(places.join()).toMatch(
      new RegExp(`${seen.pod.netns}: ${seen.pod.netns} \\S+ shop ${POD_NAME}(,|$)`),
    );
    expect(await of('pool')).toEqual(['bind', 'connect', 'range', 'udp']);
    expect(await of('protocol')).toEqual(['tcp', 'udp']);
    expect(await of('remote_port')).toContain(String(DATABASE.port));
  });
});

describe.skipIf(reason !== undefined)('what the panels say', () => {
  const ask = async (id: number, refId: string, dashboard = FLEET, values: Values = ALL) => {
    const target = panel(dashboard, id).targets?.find((each) => each.refId === refId);
    if (target === undefined) throw new Error(`no query ${refId}`);
    return rowsOf(seen.prometheus, target, values);
  };
  const database = (rows: Awaited<ReturnType<typeof ask>>, netns: string): number | undefined =>
    rows.find(
      ({ labels }) => labels['remote_port'] === String(DATABASE.port) && labels['netns'] === netns,
    )?.value;

  test('who is at risk, how many are left, until when, since when', async () => {
    const { netns } = seen.pod;
    expect(database(await ask(5, 'A'), netns)).toBe(3);
    expect(database(await ask(5, 'C'), netns)).toBe(0);
    expect(database(await ask(5, 'D'), netns)).toBe(1);
    expect(database(await ask(5, 'E'), netns)).toBe(0);
    expect(database(await ask(5, 'B'), 'host')).toBe(80);
    const now = Date.now() / 1000;
    for (const place of ['host', netns]) {
      const since = (database(await ask(5, 'F'), place) ?? 0) / 1000;
      expect(since).toBeGreaterThan(seen.quietSeconds - 3);
      expect(since).toBeLessThan(now - 3);
    }
    const [worst] = await ask(8, 'A');
    expect(worst?.labels).toMatchObject({ pod_name: POD_NAME, pod_namespace: 'shop', netns });
    const [same] = await ask(9, 'B');
    expect(same).toMatchObject({ labels: { remote_name: 'orders-db' }, value: 2 });
  });

  test('which alerts fire, and which panel shows them', async () => {
    const fired = await ask(6, 'A');
    const goals = new Map(fired.map(({ labels }) => [labels['alert'], labels['panel']]));
    expect(Object.fromEntries(goals)).toEqual({
      EphemeralPortsExhaustion: '9',
      EphemeralPortsSlowConnect: '10',
      EphemeralPortsForecast: '11',
      ...(hasBpf() && { EphemeralPortsConnectFailing: '24' }),
      EphemeralPortsUdpExhaustion: '17',
      EphemeralPortsBindExhaustion: '22',
      EphemeralPortsRangeBlocked: '23',
    });
    const firing = await ask(1, 'A');
    expect(firing.reduce((sum, { value }) => sum + value, 0)).toBe(fired.length);
  });

  test('the link of a row chooses that endpoint and no other', async () => {
    for (const { labels } of await ask(5, 'A')) {
      const values = {
        ...within(labels['netns'] ?? ''),
        ...chosen(labels['endpoint_query'] ?? ''),
      };
      const held =
        'endpoint_held{job=~"$job",instance=~"$instance",netns="$netns",pool=~"$pool",protocol=~"$protocol",local_address=~"$local_address",remote_address=~"$remote_address",remote_port=~"$remote_port"}';
      expect(
        await rowsOf(seen.prometheus, { expr: `ephemeral_ports_${held}`, instant: true }, values),
      ).toHaveLength(1);
    }
  });

  test('the target that is down counts, those of other jobs do not', async () => {
    expect((await ask(11, 'A')).map(({ value }) => value)).toEqual([1]);
    const ups = (await ask(15, 'H')).map(({ labels, value }) => [labels['instance'], value]);
    expect(Object.fromEntries(ups)).toEqual({ [INSTANCE]: 1, '127.0.0.1:9066': 0 });
  });

  test('the range of the pod, and what listeners and a program that binds first block', async () => {
    const values = await Promise.all(
      ['A', 'B', 'C', 'D'].map(async (refId) => (await ask(13, refId, NODE, inPod()))[0]?.value),
    );
    expect(values).toEqual([100, 0, 80, 20]);
  });
});

describe.skipIf(reason !== undefined)('finds', () => {
  const spoilt = (expr: string, legendFormat?: string) =>
    findings(
      seen.prometheus,
      { expr, instant: true, ...(legendFormat === undefined ? {} : { legendFormat }) },
      inPod(),
    );

  test.each([
    ['a metric that is not there', 'count(ephemeral_ports_no_such > 0) or vector(0)', 'nothing'],
    ['a label value that is not there', 'ephemeral_ports_capacity{protocol="icmp"}', 'no data'],
    ['wrong syntax', 'sum(up', 'syntax'],
    ['an answer without data', 'up > 7', 'no data'],
  ])('%s', async (_, expr, found) => {
    expect((await spoilt(expr)).join()).toContain(found);
  });

  test('a label of the legend that is not there', async () => {
    expect(await spoilt('sum by (job) (up)', '{{instance}}')).toEqual([
      'no label instance for the legend',
    ]);
  });

  test.each([...withTargets(FLEET), ...withTargets(NODE)])(
    'a metric with another name, in panel $title',
    async ({ targets = [] }) => {
      for (const { expr, ...rest } of targets.filter((each) => each.expr.includes('{'))) {
        const renamed = expr.replace(/(ephemeral_ports_\w+|up)\{/, '$1_gone{');
        const found = await findings(seen.prometheus, { ...rest, expr: renamed }, inPod());
        expect(found.join()).toContain('_gone');
      }
    },
  );

  test('a column that is not there, and one that nobody named', async () => {
    const table = panel(FLEET, 5);
    const [first, ...others] = table.targets ?? [];
    if (first === undefined) throw new Error('no query');
    const renamed = { ...first, expr: first.expr.replace('pod_name, ', '') };
    const without = others.map((each) => ({ ...each, expr: each.expr.replace('pod_name, ', '') }));
    const gone = await tableFindings(
      seen.prometheus,
      { ...table, targets: [renamed, ...without] },
      ALL,
    );
    expect(gone).toContain('no column pod_name');
    const bare = { ...first, expr: 'ephemeral_ports_endpoint_risk_level > 0' };
    const unnamed = await tableFindings(
      seen.prometheus,
      { ...table, targets: [bare, ...others] },
      ALL,
    );
    expect(unnamed).toContain('unnamed: __name__');
  });
});
