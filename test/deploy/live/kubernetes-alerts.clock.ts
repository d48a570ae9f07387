import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Labels, say, shown, withAlertmanager } from '../../support/alertmanager.ts';
import { ALERTMANAGER, DEPLOY, MONITORING } from '../../support/monitoring.ts';
import { inNetwork } from '../../support/scenario.ts';

/** What becomes of the alerts in the two configurations of Alertmanager that clusters have, and by what the README adds. */

const README = readFileSync(`${DEPLOY}/prometheus/README.md`, 'utf8');

interface Alertmanager {
  readonly route: object & { readonly routes: readonly object[] };
  readonly inhibit_rules: readonly object[];
  readonly receivers: readonly object[];
}

const example = parse(readFileSync(ALERTMANAGER, 'utf8')) as Alertmanager;

/** As kube-prometheus and the chart kube-prometheus-stack ship it. */
const SHIPPED: readonly object[] = [
  {
    source_matchers: ['severity = critical'],
    target_matchers: ['severity =~ warning|info'],
    equal: ['namespace', 'alertname'],
  },
  {
    source_matchers: ['severity = warning'],
    target_matchers: ['severity = info'],
    equal: ['namespace', 'alertname'],
  },
];

/** The rules that the README gives in place of those. */
function mended(): readonly object[] {
  const [, block = ''] = /```yml\n(# In place of[\s\S]*?)```/.exec(README) ?? [];
  return (parse(block) as Alertmanager).inhibit_rules;
}

const HOST = {
  alertname: 'EphemeralPortsExhaustion',
  instance: 'node-1',
  netns: 'host',
  pool: 'connect',
  protocol: 'tcp',
  local_address: '10.1.0.7',
  remote_address: '10.0.0.2',
  remote_port: '5432',
};
const CRITICAL = { ...HOST, severity: 'critical' };
const SAME = { ...HOST, severity: 'warning' };
const OTHER_NODE = { ...HOST, severity: 'warning', instance: 'node-2' };
const OTHER_ENDPOINT = { ...HOST, severity: 'warning', remote_port: '80' };
const POD = { ...SAME, netns: '4026532281', namespace: 'shop', pod: 'cart-0' };
const SLOW = { ...HOST, alertname: 'EphemeralPortsSlowConnect', severity: 'info' };
const DISK = { alertname: 'DiskFull', namespace: 'shop' };
const OF_OTHERS = [
  { ...DISK, severity: 'critical' },
  { ...DISK, severity: 'warning' },
];

function fileOf(config: object): string {
  const path = join(mkdtempSync(join(tmpdir(), 'epe-alertmanager-')), 'alertmanager.yml');
  writeFileSync(path, stringify(config));
  return path;
}

/** What Alertmanager with this configuration says of these alerts, in their order. */
async function told<T>(
  program: string,
  config: object,
  alerts: readonly Labels[],
  say1: (alert: Awaited<ReturnType<typeof shown>>[number]) => T,
): Promise<readonly (T | undefined)[]> {
  let found: readonly (T | undefined)[] = [];
  await inNetwork(() =>
    withAlertmanager(program, fileOf(config), async () => {
      await say(alerts, true);
      const all = (): Promise<number> => shown().then(({ length }) => length);
      await expect.poll(all, { timeout: 10_000 }).toBe(alerts.length);
      const every = await shown();
      found = alerts.map((labels) => {
        const one = every.find((each) => isSame(each.labels, labels));
        return one && say1(one);
      });
    }),
  );
  return found;
}

function isSame(a: Labels, b: Labels): boolean {
  return Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);
}

const WITHOUT_RULES = { route: { receiver: 'null' }, receivers: [{ name: 'null' }] };

describe.each(MONITORING)('next to kube-prometheus, $name', ({ reason, programs }) => {
  const silenced = (inhibit_rules: readonly object[], alerts: readonly Labels[]) =>
    told(programs.alertmanager, { ...WITHOUT_RULES, inhibit_rules }, alerts, ({ status }) => {
      return status.inhibitedBy.length > 0;
    });

  test.skipIf(reason !== undefined)(
    'one critical silences warnings of other nodes and endpoints, as the README says',
    async () => {
      const rules = [...SHIPPED, ...example.inhibit_rules];
      expect(await silenced(rules, [CRITICAL, OTHER_NODE, OTHER_ENDPOINT])).toEqual([
        false,
        true,
        true,
      ]);
    },
  );

  test.skipIf(reason !== undefined)(
    'with the matchers of the README it silences those of its own endpoint alone',
    async () => {
      const rules = [...mended(), ...example.inhibit_rules];
      const alerts = [CRITICAL, SAME, OTHER_NODE, OTHER_ENDPOINT, POD, SLOW, ...OF_OTHERS];
      expect(await silenced(rules, alerts)).toEqual([
        false,
        true,
        false,
        false,
        false,
        true,
        // What was there for others stays.
        false,
        true,
      ]);
    },
  );

  test('the README changes the matchers of the sources and nothing else', () => {
    const [first, second] = mended() as { source_matchers: string[] }[];
    const without = [first, second].map((rule) => ({
      ...rule,
      source_matchers: rule?.source_matchers.slice(0, 1),
    }));
    expect(without).toEqual(SHIPPED);
  });
});

/** What the operator makes of an AlertmanagerConfig of the namespace `monitoring`, in its mode OnNamespace. */
const OF_NAMESPACE = {
  receiver: 'monitoring/ports/chat',
  matchers: ['namespace="monitoring"'],
  continue: true,
};
const OPERATOR_RECEIVERS = [{ name: 'null' }, { name: 'monitoring/ports/chat' }];

describe.each(MONITORING)('AlertmanagerConfig in the mode OnNamespace, $name', (monitoring) => {
  const { reason, programs } = monitoring;
  const receivers = (config: object, alerts: readonly Labels[]) =>
    told(programs.alertmanager, config, alerts, ({ receivers: names }) =>
      names.map(({ name }) => name),
    );

  test.skipIf(reason !== undefined)(
    "no route of it matches a host's alert, or a pod's",
    async () => {
      const config = {
        route: { receiver: 'null', routes: [OF_NAMESPACE] },
        receivers: OPERATOR_RECEIVERS,
      };
      const own = { ...DISK, namespace: 'monitoring', severity: 'warning' };
      expect(await receivers(config, [CRITICAL, POD, own])).toEqual([
        ['null'],
        ['null'],
        ['monitoring/ports/chat'],
      ]);
    },
  );

  test.skipIf(reason !== undefined)(
    "the example's routes in the configuration of Alertmanager itself match both",
    async () => {
      // The operator puts its routes before those that are there.
      const config = {
        route: { receiver: 'null', routes: [OF_NAMESPACE, ...example.route.routes] },
        inhibit_rules: example.inhibit_rules,
        receivers: [...OPERATOR_RECEIVERS, ...example.receivers.slice(1)],
      };
      expect(await receivers(config, [CRITICAL, POD, SLOW])).toEqual([
        ['ephemeral-ports-pager'],
        ['ephemeral-ports-chat'],
        ['nobody'],
      ]);
    },
  );
});
