import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { CLUSTER_TOOLS, KUBERNETES, kustomized, NAME } from '../../support/cluster-tools.ts';
import { Daemon } from '../../support/daemon.ts';
import { temporaryFile } from '../../support/exporter.ts';
import { theOnly } from '../../support/manifest.ts';
import { MONITORING, outcome } from '../../support/monitoring.ts';
import { type Labels, Prometheus } from '../../support/prometheus.ts';
import { inNetwork } from '../../support/scenario.ts';

type Relabelling = Readonly<Record<string, unknown>>;

/** What the Prometheus operator puts before the relabellings of a PodMonitor (its documentation and code). */
const BY_OPERATOR: readonly Relabelling[] = [
  {
    source_labels: ['__meta_kubernetes_pod_phase'],
    regex: '(Failed|Succeeded)',
    action: 'drop',
  },
  {
    source_labels: ['__meta_kubernetes_pod_container_port_name'],
    regex: 'metrics',
    action: 'keep',
  },
  { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
  { source_labels: ['__meta_kubernetes_pod_container_name'], target_label: 'container' },
  { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
  { target_label: 'job', replacement: 'monitoring/exporters' },
  {
    source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_name'],
    regex: '(.+)',
    target_label: 'job',
    replacement: '$1',
  },
  { target_label: 'endpoint', replacement: 'metrics' },
];

interface Monitor {
  readonly podMetricsEndpoints: readonly { readonly relabelings: readonly Relabelling[] }[];
}

/** The relabellings of the PodMonitor under the names that Prometheus has for them. */
function ofPodMonitor(): readonly Relabelling[] {
  const [tools] = CLUSTER_TOOLS;
  if (tools === undefined) return [];
  const monitor = theOnly('PodMonitor', kustomized(tools, `${KUBERNETES}/base`));
  const [endpoint] = (monitor.spec as unknown as Monitor).podMetricsEndpoints;
  const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  return (endpoint?.relabelings ?? []).map((each) =>
    Object.fromEntries(Object.entries(each).map(([key, value]) => [snake(key), value])),
  );
}

const SCRAPE_CONFIG = `${KUBERNETES}/without-operator/scrape-config.yml`;

interface ScrapeJob {
  readonly kubernetes_sd_configs?: readonly unknown[];
  readonly relabel_configs: readonly Relabelling[];
}

function scrapeJobs(): readonly ScrapeJob[] {
  const text = readFileSync(SCRAPE_CONFIG, 'utf8');
  return (parse(text) as { scrape_configs: ScrapeJob[] }).scrape_configs;
}

function ofScrapeConfig(): readonly Relabelling[] {
  return scrapeJobs().flatMap((job) => job.relabel_configs);
}

/** As service discovery in Kubernetes shows a pod of the exporter. */
const target = (pod: string): object => ({
  targets: ['127.0.0.1:9065'],
  labels: {
    __meta_kubernetes_namespace: NAME,
    __meta_kubernetes_pod_name: pod,
    __meta_kubernetes_pod_node_name: 'node-1',
    __meta_kubernetes_pod_phase: 'Running',
    __meta_kubernetes_pod_container_name: 'exporter',
    __meta_kubernetes_pod_container_port_name: 'metrics',
    __meta_kubernetes_pod_label_app_kubernetes_io_name: NAME,
    __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'true',
    __meta_kubernetes_pod_annotation_prometheus_io_path: '/metrics',
  },
});

/** The series that Prometheus has after one pod of the exporter and after the next, on the same node. */
async function rollout(relabellings: readonly Relabelling[]): Promise<readonly Labels[][]> {
  const discovered = join(mkdtempSync(join(tmpdir(), 'epe-sd-')), 'targets.json');
  const discover = (pod: string): void => {
    writeFileSync(discovered, JSON.stringify([target(pod)]));
  };
  discover('exporter-aaaaa');
  const job = {
    job_name: NAME,
    file_sd_configs: [{ files: [discovered], refresh_interval: '1s' }],
    relabel_configs: relabellings,
  };
  const global = { scrape_interval: '1s' };
  const prometheus = await Prometheus.start(stringify({ global, scrape_configs: [job] }));
  const series = async (): Promise<Labels[]> => {
    const rows = await prometheus.range(
      '{__name__=~"ephemeral_ports_(range|build|capacity).*"}',
      60,
    );
    return rows.map(({ labels }) => labels);
  };
  try {
    const before = await scraped(prometheus, series);
    discover('exporter-bbbbb');
    return [before, await scraped(prometheus, series)];
  } finally {
    prometheus.stop();
  }
}

/** How long Prometheus may take to follow its service discovery: it looks every 5 s. */
const DISCOVERY_SECONDS = 8;

/** One life of the exporter: from its start until it was scraped some times, and what there is then. */
async function scraped(prometheus: Prometheus, series: () => Promise<Labels[]>): Promise<Labels[]> {
  const daemon = await Daemon.start();
  const since = Math.ceil(Date.now() / 1000) + DISCOVERY_SECONDS;
  await prometheus.untilAnswer(`timestamp(ephemeral_ports_range_size) > ${since}`);
  const found = await series();
  await daemon.stop();
  return found;
}

const sorted = (labels: readonly Labels[]): string[] =>
  labels.map((each) => JSON.stringify(Object.entries(each).toSorted())).toSorted();

describe('a rollout of the exporter', () => {
  const reason = CLUSTER_TOOLS[0]?.reason ?? MONITORING[0]?.reason;
  const proved = test.skipIf(reason !== undefined);

  proved.each([
    ['the PodMonitor', () => [...BY_OPERATOR, ...ofPodMonitor()]],
    ['the scrape config without the operator', ofScrapeConfig],
  ])('renews no series with %s; instance is the node', { timeout: 120_000 }, (_name, make) =>
    inNetwork(async () => {
      const [before = [], after = []] = await rollout(make());
      expect(before.length).toBeGreaterThan(5);
      for (const labels of before) {
        expect(labels).toMatchObject({ instance: 'node-1', job: NAME });
        expect(Object.keys(labels)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^(pod|container|endpoint)$/)]),
        );
      }
      expect(sorted(after)).toEqual(sorted(before));
    }),
  );

  proved('renews every series without the relabellings', { timeout: 120_000 }, () =>
    inNetwork(async () => {
      const [before = [], after = []] = await rollout(BY_OPERATOR);
      expect(before.length).toBeGreaterThan(5);
      expect(after.length).toBe(2 * before.length);
    }),
  );
});

describe('the scrape config without the operator', () => {
  // Debian's Prometheus is built without the discovery in Kubernetes, and refuses it as unknown.
  test('discovers the pods of the namespace of the manifests', () => {
    expect(scrapeJobs()).toMatchObject([
      { kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: [NAME] } }] },
    ]);
  });

  test.skipIf(MONITORING[0]?.reason !== undefined)('is one that promtool accepts', () => {
    const jobs = scrapeJobs().map((job) => ({ ...job, kubernetes_sd_configs: undefined }));
    const path = temporaryFile('scrape-config.yml', stringify({ scrape_configs: jobs }));
    for (const { reason, programs } of MONITORING) {
      if (reason !== undefined) continue;
      const checked = outcome(programs.promtool, 'check', 'config', path);
      expect(checked.output).toContain('SUCCESS');
      expect(checked.status).toBe(0);
    }
  });
});
