import { hasBpf } from '../support/bpf.ts';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { Host, type Resident, TIERS } from '../support/host.ts';
import { Network, type Target } from '../../deploy/demo/lab/network.ts';
import { Prometheus } from '../support/prometheus.ts';
import { HIGH, LOW } from '../support/scenario.ts';

/** A host and a pod that run out of ports, as a real Prometheus has scraped them. */
export interface Exhaustion {
  readonly prometheus: Prometheus;
  readonly pod: Resident;
  /** Unix time before anything was at risk. */
  readonly quietSeconds: number;
  readonly stop: () => Promise<void>;
}

export const DATABASE: Target = { to: '127.0.0.1', port: 5432 };
/** Where the program that binds first connects to, and what it binds. */
const PROXIED = 8080;
const BOUND_ADDRESS = '127.0.0.6';
const CACHE: Target = { to: '127.0.0.1', port: 6379 };
const POD_LOW = 50_000;
export const POD_NAME = 'checkout-7d9f';

const CONFIG = `
poll: { interval: 1s }
endpoints: { names: [{ cidr: 127.0.0.0/8, port: ${DATABASE.port}, name: orders-db }] }
service_ports: [{ port: ${POD_LOW}-${POD_LOW + 99}, pod_namespace: shop }]
alerts:
  EphemeralPortsExhaustion:     { for: 0s }
  EphemeralPortsSlowConnect:    { for: 0s }
  EphemeralPortsForecast:       { for: 0s, min_usage_ratio: 0 }
  EphemeralPortsUdpExhaustion:  { for: 0s }
  EphemeralPortsBindExhaustion: { for: 0s }
  EphemeralPortsRangeBlocked:   { for: 0s }
`;

/** Nothing listens on the second target: it is down. */
const SCRAPE = `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: ephemeral-ports
    static_configs: [{ targets: ['127.0.0.1:9065', '127.0.0.1:9066'] }]
  - job_name: others
    static_configs: [{ targets: ['127.0.0.1:9067'] }]
`;

const POD_UID = '5a1b2c3d-0000-4000-8000-0123456789ab';
const CONTAINER = 'c0ffee'.padEnd(64, '0');

/** Makes a process look like a pod's: by the cgroup it seems to be in, and the kubelet's log folder. */
function disguise(host: Host, pod: Resident): string {
  const cgroup = temporaryFile('cgroup', `0::/kubepods/burstable/pod${POD_UID}/${CONTAINER}\n`);
  const status = readFileSync(`/proc/${pod.pid}/status`, 'utf8');
  const inner = /^NSpid:.*\s(\d+)$/m.exec(status)?.[1] ?? '';
  host.run('mount', '--bind', cgroup, `/proc/${inner}/cgroup`);
  const logs = mkdtempSync(join(tmpdir(), 'epe-pod-logs-'));
  mkdirSync(join(logs, `shop_${POD_NAME}_${POD_UID}`));
  return logs;
}

/** Connections that are opened and closed at once: TIME_WAITs. */
function churn(network: Network, target: Target, listener: number, count: number): void {
  const ended = network.connections(count, target, listener);
  network.close(...ended.map(({ client }) => client));
  network.close(...ended.map(({ server }) => server));
}

/** Takes every port there is for the database. */
function exhaust(network: Network, listener: number): void {
  for (let open = 0; open < 100; open += 1) {
    try {
      network.connections(1, DATABASE, listener);
    } catch {
      return;
    }
  }
}

/** All alerts fire, and the forecast is there: it needs 12 polls. Refused connects are counted where BPF programs may be loaded. */
const FIRED = `count(count by (alert) (ephemeral_ports_alert)) == ${hasBpf() ? 7 : 6}`;
/** The address that a program binds is known: it cannot have the ports of the listeners either. */
const BOUND = 'ephemeral_ports_endpoint_held{pool="bind"} == 80';
const FORECAST = 'ephemeral_ports_endpoint_time_to_exhaustion_seconds{pod_name!=""}';

/** In the pod listeners own 75 ports of the range, and a program binds an address of its own before it connects. */
function ownTheRange(pod: Resident): void {
  pod.inside((inPod) => {
    for (let port = POD_LOW; port < POD_LOW + 75; port += 1) inPod.listen('0.0.0.0', port);
    const there = inPod.listen(DATABASE.to, PROXIED);
    for (let open = 0; open < 5; open += 1) {
      inPod.connectBound({ to: DATABASE.to, port: PROXIED }, BOUND_ADDRESS, 0);
      inPod.accept(there);
    }
  });
}

/** In the pod no port is left, over TCP and UDP; the host is at risk. */
function runOut(network: Network, listener: number, pod: Resident): void {
  network.connections(60, DATABASE, listener);
  pod.inside((inPod) => {
    const there = inPod.listen(DATABASE.to, DATABASE.port);
    exhaust(inPod, there);
    churn(inPod, CACHE, inPod.listen(CACHE.to, CACHE.port), 10);
    for (let open = 0; open < 95; open += 1) inPod.bindUdp('0.0.0.0', 0);
  });
}

/** Quiet at first, then trouble in two namespaces; back when it was scraped a few times. */
export async function exhaustion(): Promise<Exhaustion> {
  const network = Network.enter();
  network.range(LOW, HIGH);
  const listener = network.listen(DATABASE.to, DATABASE.port);
  const host = await Host.start();
  const pod = await host.namespace(
    `sysctl -qw net.ipv4.ip_local_port_range='${POD_LOW} ${POD_LOW + 99}'`,
  );
  const logs = disguise(host, pod);
  const daemon = await Daemon.startBy(
    (...command) => host.within(...TIERS.full, ...command),
    `--config.file=${temporaryFile('exhaustion.yaml', CONFIG)}`,
    `--path.pod-logs=${logs}`,
  );
  const prometheus = await Prometheus.start(SCRAPE);
  network.connections(20, DATABASE, listener);
  ownTheRange(pod);
  await prometheus.untilAnswer(BOUND);
  const quiet = 'ephemeral_ports_endpoint_risk_level{remote_port="5432"} == 0';
  await prometheus.untilAnswer(quiet);
  await sleep(5000);
  const quietSeconds = Date.now() / 1000;
  runOut(network, listener, pod);
  await prometheus.untilAnswer(FIRED);
  await prometheus.untilAnswer(FORECAST);
  await sleep(5000);
  const stop = async (): Promise<void> => {
    prometheus.stop();
    await daemon.stop('SIGKILL');
    await host.stop();
    network.dispose();
  };
  return { prometheus, pod, quietSeconds, stop };
}
