import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Daemon, request } from '../../support/daemon.ts';
import { temporaryFile } from '../../support/exporter.ts';
import {
  BY_PROMETHEUS,
  MONITORING,
  type Monitoring,
  PASSED_THROUGH,
} from '../../support/monitoring.ts';
import { inNetwork } from '../../support/scenario.ts';

/** As service discovery in Kubernetes labels a target: with the exporter's own pod. */
const config = (rules: string): string => `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${rules}]
scrape_configs:
  - job_name: monitoring/ephemeral-port-exporter
    static_configs:
      - targets: ['127.0.0.1:9065']
        labels: { namespace: monitoring, pod: exporter-x7k2p, container: exporter, endpoint: metrics }
`;

/** Every alert fires at the first poll that shows it. */
const AT_ONCE = `
namespaces: { discover: off }
alerts:
  EphemeralPortsExhaustion: { for: 0s }
  EphemeralPortsSlowConnect: { for: 0s }
  EphemeralPortsBindExhaustion: { for: 0s }
`;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

async function ask<Data>(path: string): Promise<Data | undefined> {
  const answer = await request(9090, path).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  return (JSON.parse(answer.body.toString()) as { data: Data }).data;
}

async function firing(): Promise<Alert[]> {
  const data = await ask<{ alerts: Alert[] }>('/api/v1/alerts');
  return (data?.alerts ?? []).filter(({ state }) => state === 'firing');
}

async function rules(): Promise<Rule[]> {
  const data = await ask<{ groups: { rules: Rule[] }[] }>('/api/v1/rules');
  return (data?.groups ?? []).flatMap((group) => group.rules);
}

/** A real Prometheus with these rules, in the namespace that this thread is in. */
async function withPrometheus(
  { programs }: Monitoring,
  path: string,
  body: () => Promise<void>,
): Promise<void> {
  const prometheus = spawn(
    programs.prometheus,
    [
      `--config.file=${temporaryFile('prometheus.yml', config(path))}`,
      `--storage.tsdb.path=${mkdtempSync(join(tmpdir(), 'epe-tsdb-'))}`,
      '--web.listen-address=127.0.0.1:9090',
    ],
    { stdio: 'ignore' },
  );
  try {
    await body();
  } finally {
    prometheus.kill('SIGKILL');
  }
}

const EXPECTED = {
  alertname: 'EphemeralPortsExhaustion',
  alert: 'EphemeralPortsExhaustion',
  instance: '127.0.0.1:9065',
  job: 'monitoring/ephemeral-port-exporter',
  netns: expect.stringMatching(/^(host|\d+)$/) as string,
  pool: 'connect',
  protocol: 'tcp',
  local_address: '127.0.0.1',
  remote_address: '127.0.0.1',
  remote_port: '80',
};

function expectSound(alerts: readonly Alert[]): void {
  for (const { labels, annotations } of alerts) {
    const said = Object.values({ ...labels, ...annotations }).join('\n');
    expect(said).not.toMatch(/<error|no value|%!|\{\{|\n\n/);
    const name = labels['alertname'] ?? '';
    expect(annotations['runbook_url']).toMatch(
      new RegExp(`^https://.*/deploy/runbooks/${name}.md$`),
    );
    expect(annotations['description']).toMatch(/^The host on 127|^Network namespace \d+ .*on 127/);
  }
}

describe.each(MONITORING)('a real exhaustion, $name', (monitoring) => {
  test.skipIf(monitoring.reason !== undefined).each([
    ['passed through', PASSED_THROUGH],
    ['judged by Prometheus', BY_PROMETHEUS],
  ])('%s, is an alert with the right labels and words', { timeout: 150_000 }, (_title, path) =>
    inNetwork(async (network) => {
      network.listen('127.0.0.1', 80);
      for (let open = 0; open < 100; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
      const daemon = await Daemon.start(`--config.file=${temporaryFile('at-once.yaml', AT_ONCE)}`);
      await withPrometheus(monitoring, path, async () => {
        const names = (alerts: readonly Alert[]): string[] =>
          alerts.map(({ labels }) => `${labels['alertname']} ${labels['severity']}`).toSorted();
        // Where Prometheus judges, bind(0) waits for a minute.
        await expect
          .poll(async () => names(await firing()), { timeout: 120_000, interval: 500 })
          .toEqual(
            expect.arrayContaining([
              'EphemeralPortsBindExhaustion info',
              'EphemeralPortsExhaustion critical',
              'EphemeralPortsExhaustion warning',
              'EphemeralPortsSlowConnect info',
            ]),
          );
        const alerts = await firing();
        expectSound(alerts);
        const exhausted = alerts.filter(
          ({ labels }) => labels['alertname'] === 'EphemeralPortsExhaustion',
        );
        expect(exhausted.map(({ labels }) => labels)).toEqual(
          expect.arrayContaining([
            { ...EXPECTED, severity: 'warning' },
            { ...EXPECTED, severity: 'critical' },
          ]),
        );
        for (const { annotations } of exhausted) {
          expect(annotations['summary']).toMatch(
            /^Source ports to 127\.0\.0\.1:80 are running out in netns \w+ on 127\.0\.0\.1:9065$/,
          );
          expect(annotations['description']).toMatch(
            / on 127\.0\.0\.1:9065, 127\.0\.0\.1 → 127\.0\.0\.1:80: 0 of 100 ports left\. Most of the held ports, 100, are in state established\.(?: Held by .+ ports\)\.)? Cause: narrow_range\.$/,
          );
        }
        const all = await rules();
        expect(all.length).toBeGreaterThan(20);
        expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
      });
      await daemon.stop('SIGKILL');
    }),
  );
});
