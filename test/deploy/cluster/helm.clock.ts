import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseWebConfig } from '../../../src/config/web-config.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { CHART, CLUSTER_TOOLS, NAME, run, templated } from '../../support/cluster-tools.ts';
import { parseManifests, podTemplate, theContainer, theOnly } from '../../support/manifest.ts';
import { DEPLOY } from '../../support/monitoring.ts';

const EVERYTHING = new URL('everything.values.yaml', import.meta.url).pathname;

/** Flags that the chart sets, that would end the pod, or that its probes do not follow. */
const FIXED_FLAGS = [
  'config.file=/x',
  'config.check',
  'path.procfs=/proc',
  'path.cgroupfs=/x',
  'path.pod-logs=/x',
  'web.listen-address=:1',
  'web.telemetry-path=/x',
  'web.config.file=/x',
  'web.route-prefix=/x',
  'web.external-url=http://x/y',
  'web.systemd-socket',
  'once',
  'help',
  'version',
];

/** Values that are wrong, and what must be named. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['teir=full', /teir/],
  ['tier=null', /tier/],
  ['monitoring=null', /monitoring/],
  ['port=null', /\bport\b(?!-)/],
  ['maxUnavailable=null', /maxUnavailable/],
  ['podMonitor=null', /podMonitor/],
  ['podMonitor.interval=null', /interval/],
  ['dashboards=null', /dashboards/],
  ['networkPolicy=null', /networkPolicy/],
  ['image=null', /image/],
  ['image.repository=registry.example/x:1.2', /repository/],
  ['podNames=some', /podNames/],
  ['priorityClassName=a: b', /priorityClassName/],
  ['tier=owner', /tier[\s\S]*(must be one of|one of the following)/],
  ['monitoring=prometheus', /monitoring[\s\S]*(must be one of|one of the following)/],
  ['image.repo=x', /repo/],
  ['image.digest=latest', /digest/],
  ['image.repository=', /repository/],
  ['port=70000', /(- |\/)port\b/],
  ['port=http', /(- |\/)port\b/],
  ['config.alert.x=1', /alert/],
  ['web.tls=x', /web/],
  ['web.config.users.a=b', /users/],
  ['web.tlsSecret=A b', /tlsSecret/],
  ['web.tlsSecret=x', /web\.tlsSecret: needs/],
  [
    'web.config.tls_server_config.cert_file=x',
    /web\.config\.tls_server_config: needs web\.tlsSecret/,
  ],
  ['web.configSecret=x,web.config.rate_limit.burst=1', /only one of them/],
  ['config=text', /config/],
  ['config.owners=some', /owners/],
  ['config.failures=some', /failures/],
  ['config.service_ports=8080', /service_ports/],
  ['extraArgs={poll.source=auto}', /extraArgs/],
  ...FIXED_FLAGS.map((flag) => [`extraArgs={--${flag}}`, /extraArgs/] as const),
  ['maxUnavailable=0', /maxUnavailable/],
  ['maxUnavailable=half', /maxUnavailable/],
  ['resources.limits.memory=lots', /memory/],
  ['podMonitor.interval=15', /interval/],
  ['prometheusRule.runbookUrl=wiki', /runbookUrl/],
  ['prometheusRule.runbookUrl=https://x/{{ .y }}', /runbookUrl/],
  ['dashboards=false', /dashboards/],
  ['networkPolicy.from.x=1', /from/],
  ['podLabels.a=b c', /podLabels/],
  ['podLabels.app\\.kubernetes\\.io/name=other', /podLabels|'app\.kubernetes\.io\/name'/],
  ['podMonitor.labels.helm\\.sh/chart=other', /labels|'helm\.sh\/chart'/],
  ['podAnnotations.prometheus\\.io/port=1', /podAnnotations/],
];

describe.each(CLUSTER_TOOLS)('the chart, $name', (tools) => {
  const proved = test.skipIf(tools.reason !== undefined);

  proved('has nothing that helm lint finds', () => {
    const { stdout } = run(tools.helm, 'lint', '--strict', CHART);
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
    run(tools.helm, 'lint', '--strict', CHART, '--values', EVERYTHING);
  });

  proved.each(REFUSED)('refuses %s, and names it', (value, said) => {
    expect(() => templated(tools, '--set', value)).toThrow(said);
  });

  proved('refuses tier full on a Kubernetes that would leave AppArmor as it is', () => {
    const full = ['--set', 'tier=full', '--kube-version'];
    expect(() => templated(tools, ...full, '1.29.9')).toThrow(/tier: full needs Kubernetes 1.30/);
    expect(templated(tools, ...full, '1.30.0')).toHaveLength(8);
    expect(templated(tools, '--kube-version', '1.25.0')).toHaveLength(8);
  });

  proved('follows each value', () => {
    const manifests = templated(tools, '--values', EVERYTHING);
    const { metadata, spec } = podTemplate(manifests);
    expect(metadata.labels).toMatchObject({ team: 'network' });
    expect(metadata.annotations).toEqual({ 'example.com/reason': 'ports: "few"' });
    expect(spec).toMatchObject({
      imagePullSecrets: [{ name: 'registry-key' }],
      nodeSelector: { pool: 'edge' },
      tolerations: [{ key: 'dedicated' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'system-node-critical',
      securityContext: { runAsUser: 0 },
    });
    expect(theOnly('DaemonSet', manifests).spec).toMatchObject({
      updateStrategy: { rollingUpdate: { maxUnavailable: 3 } },
    });
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    expect(theContainer(manifests)).toMatchObject({
      image: `registry.example/tools/${NAME}@${digest}`,
      imagePullPolicy: 'Always',
      ports: [{ name: 'metrics', containerPort: 9165 }],
      resources: { limits: { cpu: 1, memory: '512Mi' } },
    });
    expect(theContainer(manifests).args).toEqual([
      `--config.file=/etc/${NAME}/config.yaml`,
      '--path.procfs=/host/proc',
      '--path.cgroupfs=/host/cgroup',
      '--web.listen-address=[$(POD_IP)]:9165',
      '--web.listen-address=127.0.0.1:9165',
      `--web.config.file=/etc/${NAME}-web/web.yaml`,
      '--log.level=debug',
    ]);
    expect(theOnly('PodMonitor', manifests)).toMatchObject({
      metadata: { labels: { release: 'kube-prometheus-stack' } },
      spec: {
        podMetricsEndpoints: [
          {
            interval: '30s',
            scheme: 'https',
            tlsConfig: {
              cert: { secret: { name: 'prometheus-tls', key: 'tls.crt' } },
              keySecret: { name: 'prometheus-tls', key: 'tls.key' },
              serverName: 'exporter.example',
            },
            basicAuth: { password: { name: 'prometheus-user', key: 'password' } },
          },
        ],
      },
    });
    expect(theOnly('NetworkPolicy', manifests).spec).toMatchObject({
      ingress: [{ from: [{ namespaceSelector: {} }] }],
      egress: [],
    });
  });

  proved('keeps who may come in in a Secret, as the exporter reads it', () => {
    const manifests = templated(tools, '--values', EVERYTHING);
    const secret = theOnly('Secret', manifests);
    expect(secret.metadata.name).toBe(`${NAME}-web`);
    const { tls, users } = parseWebConfig('/x/web.yaml', secret.stringData?.['web.yaml'] ?? '');
    expect(tls).toMatchObject({
      certificate: { file: '/x/tls.crt' },
      clientCa: { file: '/x/ca.crt' },
      clientAuth: 'RequireAndVerifyClientCert',
    });
    expect(users.get('prometheus')).toMatch(/^\$2b\$10\$1xb1/);
    const sources = [`${NAME}-web`, 'exporter-tls'].map((name) => ({ secret: { name } }));
    expect(podTemplate(manifests).spec.volumes).toContainEqual({
      name: 'web',
      projected: { sources },
    });
  });

  proved('with users alone stays with http, and needs no certificate', () => {
    const user = 'web.config.basic_auth_users.prometheus=$2b$10$x';
    const manifests = templated(tools, '--set', user);
    const [endpoint] = (
      theOnly('PodMonitor', manifests).spec as { podMetricsEndpoints: Record<string, unknown>[] }
    ).podMetricsEndpoints;
    expect(Object.keys(endpoint ?? {})).not.toContain('scheme');
    expect(theContainer(manifests).args).toContain(`--web.config.file=/etc/${NAME}-web/web.yaml`);
  });

  proved('tells a Prometheus without the operator to use https', () => {
    const values = ['monitoring=annotations', 'web.configSecret=a', 'web.tlsSecret=b'];
    const manifests = templated(tools, ...values.flatMap((each) => ['--set', each]));
    expect(podTemplate(manifests).metadata.annotations).toMatchObject({
      'prometheus.io/scheme': 'https',
    });
  });

  proved('follows what concerns rules, dashboards and configuration', () => {
    const manifests = templated(tools, '--values', EVERYTHING);
    const rule = theOnly('PrometheusRule', manifests);
    expect(rule.metadata.labels).toMatchObject({ release: 'kube-prometheus-stack' });
    const runbooks = JSON.stringify(rule).match(/"runbook_url":"[^"]*"/g) ?? [];
    expect(runbooks.length).toBeGreaterThan(5);
    expect(new Set(runbooks)).toEqual(
      new Set(['"runbook_url":"https://runbooks.example/ports/{{ $labels.alert }}.md"']),
    );
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap');
    const dashboards = maps.filter(({ metadata }) => metadata.name.includes('-dashboard-'));
    expect(dashboards).toHaveLength(2);
    for (const { metadata } of dashboards) {
      expect(metadata.annotations).toEqual({ grafana_folder: 'Network' });
    }
    const text = maps.find(({ data }) => data?.['config.yaml'])?.data?.['config.yaml'] ?? '';
    expect(parseConfig('config.yaml', text)).toMatchObject({
      poll: { interval: 10, source: 'auto' },
      namespaces: { exclude: ['kube-system'] },
      owners: 'off',
      failures: 'off',
      service_ports: [{ low: 8080, high: 8080 }],
    });
  });

  proved('follows the others that exclude these', () => {
    const values = [
      'monitoring=annotations',
      'port=9165',
      'image.tag=v2',
      'image.repository=localhost:5000/exporter',
      'dashboards.labels.grafana_dashboard=two',
    ];
    const manifests = templated(tools, ...values.flatMap((each) => ['--set', each]));
    expect(theContainer(manifests).image).toBe('localhost:5000/exporter:v2');
    expect(podTemplate(manifests).metadata.annotations).toMatchObject({
      'prometheus.io/port': '9165',
    });
    const found = manifests.flatMap(({ metadata }) => metadata.labels?.['grafana_dashboard'] ?? []);
    expect(found).toEqual(['two', 'two']);
  });

  proved('takes an address of runbooks as it is written', () => {
    const url = 'prometheusRule.runbookUrl=https://runbooks.example/$1/x';
    const text = JSON.stringify(theOnly('PrometheusRule', templated(tools, '--set', url)));
    expect(text).toContain('"https://runbooks.example/$1/x/{{ $labels.alert }}.md"');
  });

  proved('renews no pod when only the chart has another version', () => {
    const { labels } = podTemplate(templated(tools)).metadata;
    expect(Object.keys(labels ?? {})).toEqual([
      'app.kubernetes.io/name',
      'app.kubernetes.io/instance',
      'app.kubernetes.io/version',
    ]);
  });

  proved('leaves out what is not wanted', () => {
    const args = ['monitoring=none', 'dashboards.enabled=false', 'networkPolicy.enabled=false'];
    const manifests = templated(tools, ...args.flatMap((each) => ['--set', each]));
    const kinds = manifests.map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual(['ConfigMap', 'DaemonSet', 'ServiceAccount']);
    expect(podTemplate(manifests).metadata.annotations).toBeUndefined();
  });

  proved('names everything after the release, and what selects finds the pods', () => {
    const release = 'a-release-with-a-name-as-long-as-helm-allows-it-to-be';
    const { stdout } = run(tools.helm, 'template', release, CHART);
    const manifests = parseManifests(stdout);
    const { labels } = podTemplate(manifests).metadata;
    for (const { kind, metadata, spec } of manifests) {
      expect(metadata.name, kind).toMatch(/^a-release-with-a-name/);
      expect(metadata.name.length, kind).toBeLessThanOrEqual(63);
      const selector = (spec?.['selector'] ?? spec?.['podSelector']) as
        { matchLabels: Record<string, string> } | undefined;
      if (selector) expect(labels, kind).toMatchObject(selector.matchLabels);
    }
    const { serviceAccountName } = podTemplate(manifests).spec as { serviceAccountName?: string };
    expect(theOnly('ServiceAccount', manifests).metadata.name).toBe(serviceAccountName);
  });

  proved('is whole when it is packaged: the files that it shares with the rest come along', () => {
    const folder = mkdtempSync(join(tmpdir(), 'epe-chart-'));
    run(tools.helm, 'package', CHART, '--destination', folder);
    const [archive] = run('find', folder, '-name', '*.tgz').stdout.trim().split('\n');
    const packed = run(
      'tar',
      '-xzOf',
      archive ?? '',
      `${NAME}/files/ephemeral-ports.rules.yml`,
    ).stdout;
    expect(packed).toBe(readFileSync(`${DEPLOY}/prometheus/ephemeral-ports.rules.yml`, 'utf8'));
    const same = run(tools.helm, 'template', NAME, archive ?? '', '--namespace', NAME).stdout;
    expect(parseManifests(same)).toEqual(templated(tools));
  });
});

/** Helm 3 wants to see a cluster before it shows the notes. */
const [, NEWER] = CLUSTER_TOOLS;

describe('the notes of the chart', () => {
  test.skipIf(NEWER?.reason !== undefined)('say what to do when nothing comes up', () => {
    const where = ['--namespace', 'monitoring', '--dry-run=client'];
    const { stdout } = run(NEWER?.helm ?? '', 'install', NAME, CHART, ...where);
    const [, notes = ''] = stdout.split('NOTES:');
    expect(notes).toContain('kubectl --namespace monitoring rollout status daemonset/');
    expect(notes).toContain('pod-security.kubernetes.io/enforce=privileged');
    expect(notes).toContain('podMonitor.labels');
  });
});
