import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Labels, say, shown, sorted, withAlertmanager } from '../../support/alertmanager.ts';
import { ALERTMANAGER, MONITORING } from '../../support/monitoring.ts';
import { inNetwork } from '../../support/scenario.ts';

/** An endpoint of a pod, as its alert is labelled. */
const ENDPOINT = {
  alertname: 'EphemeralPortsExhaustion',
  instance: 'node-1:9065',
  job: 'ephemeral-ports',
  netns: '4026532281',
  namespace: 'shop',
  pod: 'cart-0',
  pool: 'connect',
  protocol: 'tcp',
  local_address: '10.1.0.7',
  remote_address: '10.0.0.2',
  remote_port: '5432',
};
const CRITICAL = { ...ENDPOINT, severity: 'critical' };
const WARNING = { ...ENDPOINT, severity: 'warning' };
const INFO = { ...ENDPOINT, alertname: 'EphemeralPortsSlowConnect', severity: 'info' };
const HOST = {
  instance: 'node-1:9065',
  netns: 'host',
  pool: 'connect',
  protocol: 'tcp',
  local_address: '10.1.0.7',
  remote_address: '10.0.0.2',
  remote_port: '5432',
};
const UDP = {
  alertname: 'EphemeralPortsUdpExhaustion',
  severity: 'critical',
  instance: 'node-1:9065',
  netns: 'host',
  pool: 'udp',
  protocol: 'udp',
};
const BIND = {
  alertname: 'EphemeralPortsBindExhaustion',
  severity: 'info',
  instance: 'node-1:9065',
  netns: '4026532281',
  namespace: 'shop',
  pod: 'cart-0',
  pool: 'bind',
  protocol: 'tcp',
  local_address: '0.0.0.0',
};
const ADDRESS = { ...BIND, severity: 'critical', local_address: '10.1.0.7' };
const RANGE = {
  alertname: 'EphemeralPortsRangeBlocked',
  severity: 'critical',
  instance: 'node-1:9065',
  netns: '4026532281',
  namespace: 'shop',
  pod: 'cart-0',
  pool: 'range',
  protocol: 'tcp',
};
const DOWN = { alertname: 'EphemeralPortsExporterDown', severity: 'warning', job: 'e' };

function without(labels: Labels, ...names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** What fires, and what of it another alert keeps quiet. */
interface Case {
  readonly title: string;
  readonly firing: readonly Labels[];
  readonly quiet: readonly Labels[];
}

const QUIET: readonly Case[] = [
  {
    title: 'critical silences the warning of the same endpoint',
    firing: [CRITICAL, WARNING],
    quiet: [WARNING],
  },
  {
    title: 'critical silences also what else is less severe about the endpoint',
    firing: [CRITICAL, { ...WARNING, alertname: 'EphemeralPortsForecast' }, INFO],
    quiet: [{ ...WARNING, alertname: 'EphemeralPortsForecast' }, INFO],
  },
  { title: 'warning silences info', firing: [WARNING, INFO], quiet: [INFO] },
  {
    title: 'on a host, which has no pod',
    firing: [
      { ...HOST, alertname: 'EphemeralPortsExhaustion', severity: 'critical' },
      { ...HOST, alertname: 'EphemeralPortsExhaustion', severity: 'warning' },
    ],
    quiet: [{ ...HOST, alertname: 'EphemeralPortsExhaustion', severity: 'warning' }],
  },
  {
    title: 'a full endpoint silences bind(0) of its namespace',
    firing: [WARNING, BIND],
    quiet: [BIND],
  },
  {
    title: 'a range that binds own silences the endpoints of its namespace',
    firing: [RANGE, CRITICAL, { ...WARNING, alertname: 'EphemeralPortsForecast' }, INFO],
    quiet: [CRITICAL, { ...WARNING, alertname: 'EphemeralPortsForecast' }, INFO],
  },
  {
    title: 'a range that binds own for the most part silences warnings of endpoints',
    firing: [{ ...RANGE, severity: 'warning' }, WARNING, INFO],
    quiet: [WARNING, INFO],
  },
  {
    title: 'UDP over IPv4 silences UDP over IPv6',
    firing: [
      { ...UDP, local_address: '0.0.0.0' },
      { ...UDP, local_address: '::' },
    ],
    quiet: [{ ...UDP, local_address: '::' }],
  },
  {
    title: 'an exporter that is down has no other fault',
    firing: [
      { ...DOWN, instance: 'a' },
      { ...DOWN, instance: 'a', alertname: 'EphemeralPortsExporterBlind' },
    ],
    quiet: [{ ...DOWN, instance: 'a', alertname: 'EphemeralPortsExporterBlind' }],
  },
];

const apart = (title: string, ...firing: readonly Labels[]): Case => ({ title, firing, quiet: [] });

const APART: readonly Case[] = [
  apart('an endpoint that is worse than the range', { ...RANGE, severity: 'warning' }, CRITICAL),
  apart('the range of another namespace', { ...RANGE, netns: '7', pod: 'cart-1' }, CRITICAL),
  apart('UDP of a namespace whose range is blocked', RANGE, {
    ...RANGE,
    alertname: 'EphemeralPortsUdpExhaustion',
    pool: 'udp',
    protocol: 'udp',
  }),
  apart('a bound address, and a full endpoint', CRITICAL, ADDRESS),
  apart('another node', CRITICAL, { ...WARNING, instance: 'node-2:9065' }),
  apart(
    'another node, both without a pod',
    { ...HOST, alertname: 'EphemeralPortsExhaustion', severity: 'critical' },
    {
      ...HOST,
      alertname: 'EphemeralPortsExhaustion',
      severity: 'warning',
      instance: 'node-2:9065',
    },
  ),
  apart('another cluster', { ...CRITICAL, cluster: 'eu' }, { ...WARNING, cluster: 'us' }),
  apart('another pod', CRITICAL, { ...WARNING, pod: 'cart-1', netns: '4026532282' }),
  apart('the pod that had the same netns before', CRITICAL, { ...WARNING, pod: 'cart-1' }),
  apart('the host', CRITICAL, {
    ...without(WARNING, 'namespace', 'pod'),
    netns: 'host',
  }),
  apart(
    'another container that is no pod',
    without(CRITICAL, 'namespace', 'pod'),
    without({ ...WARNING, netns: '4026532282' }, 'namespace', 'pod'),
  ),
  apart('another remote port', CRITICAL, { ...WARNING, remote_port: '80' }),
  apart('another remote address', CRITICAL, { ...WARNING, remote_address: '10.0.0.3' }),
  apart('another local address', CRITICAL, { ...WARNING, local_address: '10.1.0.8' }),
  apart('another protocol', CRITICAL, { ...WARNING, protocol: 'udp' }),
  apart('another pool', CRITICAL, { ...WARNING, pool: 'bind' }),
  apart('as severe', CRITICAL, { ...CRITICAL, alertname: 'EphemeralPortsForecast' }),
  // Labels that both lack count as equal: then nothing is silenced, rather than everything.
  apart('both without instance', without(CRITICAL, 'instance'), without(WARNING, 'instance')),
  apart('both without netns', without(CRITICAL, 'netns'), without(WARNING, 'netns')),
  apart('the exporters of nobody knows which nodes', DOWN, {
    ...DOWN,
    alertname: 'EphemeralPortsExporterBlind',
  }),
  apart(
    'the exporter of another node',
    { ...DOWN, instance: 'a' },
    {
      ...DOWN,
      instance: 'b',
      alertname: 'EphemeralPortsExporterBlind',
    },
  ),
  apart('alerts of others', { ...CRITICAL, alertname: 'NodeDown' }, WARNING, {
    ...WARNING,
    alertname: 'NodeSlow',
    remote_port: '81',
  }),
  apart('bind(0) of another namespace', WARNING, { ...BIND, pod: 'cart-1', netns: '4026532282' }),
  apart('bind(0) of another node', WARNING, { ...BIND, instance: 'node-2:9065' }),
  apart('bind(0) while SCTP is full', { ...WARNING, pool: 'sctp', protocol: 'sctp' }, BIND),
  apart(
    'UDP over IPv6 alone, and on another node',
    { ...UDP, local_address: '0.0.0.0', instance: 'node-2:9065' },
    { ...UDP, local_address: '::' },
  ),
];

async function check({ title, firing, quiet }: Case): Promise<void> {
  await say(firing, true);
  // What was posted is there at once or a moment later; what silences whom is asked for each answer.
  await expect.poll(async () => (await shown()).length, { timeout: 10_000 }).toBe(firing.length);
  await sleep(100);
  const alerts = await shown();
  const silenced = alerts.filter(({ status }) => status.inhibitedBy.length > 0);
  expect(sorted(alerts.map(({ labels }) => labels)), title).toEqual(sorted(firing));
  expect(sorted(silenced.map(({ labels }) => labels)), title).toEqual(sorted(quiet));
  await say(firing, false);
  await expect.poll(async () => (await shown()).length, { timeout: 10_000 }).toBe(0);
}

interface Message {
  readonly path: string;
  readonly alerts: readonly { readonly labels: Labels }[];
}

/** Receives what Alertmanager sends to the receivers of the example. */
function listen(messages: Message[]): Promise<Server> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as Pick<Message, 'alerts'>;
      messages.push({ path: incoming.url ?? '', alerts });
      response.end();
    });
  });
  return new Promise((resolve) => {
    server.listen(5001, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

describe.each(MONITORING)('a real Alertmanager, $name', ({ reason, programs }) => {
  test.skipIf(reason !== undefined)('silences what is less severe about the same thing', () =>
    inNetwork(() =>
      withAlertmanager(programs.alertmanager, ALERTMANAGER, async () => {
        for (const each of QUIET) await check(each);
      }),
    ),
  );

  test.skipIf(reason !== undefined)('silences nothing about anything else', () =>
    inNetwork(() =>
      withAlertmanager(programs.alertmanager, ALERTMANAGER, async () => {
        for (const each of APART) await check(each);
      }),
    ),
  );

  test.skipIf(reason !== undefined)('pages once per cause, and for each node', () =>
    inNetwork(async () => {
      const messages: Message[] = [];
      const server = await listen(messages);
      await withAlertmanager(programs.alertmanager, ALERTMANAGER, async () => {
        const forecast = { ...CRITICAL, alertname: 'EphemeralPortsForecast' };
        const elsewhere = { ...CRITICAL, instance: 'node-2:9065' };
        const alone = { ...WARNING, remote_port: '80' };
        await say([CRITICAL, forecast, WARNING, INFO, elsewhere, alone], true);
        await expect.poll(() => messages.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
        await sleep(3000);
        const told = messages.map(({ path, alerts }) => [
          path,
          ...sorted(alerts.map(({ labels }) => labels)),
        ]);
        expect(told.toSorted()).toEqual(
          [
            ['/chat', ...sorted([alone])],
            ['/pager', ...sorted([CRITICAL, forecast])],
            ['/pager', ...sorted([elsewhere])],
          ].toSorted(),
        );
      });
      server.closeAllConnections();
      server.close();
    }),
  );
});
