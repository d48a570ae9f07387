import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { prometheusRule } from '../../../deploy/kubernetes/prometheus-rule.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { defaultConfig } from '../../../src/config/defaults.ts';
import { parseFlags } from '../../../src/cli/flags/flags.ts';
import {
  CLUSTER_TOOLS,
  type ClusterTools,
  KUBERNETES,
  kustomized,
  NAME,
  templated,
  withComponents,
} from '../../support/cluster-tools.ts';
import { type Manifest, podTemplate, theContainer, theOnly } from '../../support/manifest.ts';
import { PASSED_THROUGH, ruleGroups } from '../../support/monitoring.ts';
import { rowsOf } from '../../support/bench-page.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };

const base = (tools: ClusterTools): readonly Manifest[] => kustomized(tools, `${KUBERNETES}/base`);
const full = (tools: ClusterTools): readonly Manifest[] => kustomized(tools, `${KUBERNETES}/full`);
const withoutOperator = (tools: ClusterTools): readonly Manifest[] =>
  kustomized(tools, `${KUBERNETES}/without-operator`);

const tls = (tools: ClusterTools): readonly Manifest[] => withComponents(tools, ['tls']);

/** The chart's values for the Secrets that the component names. */
const TLS_VALUES = [
  '--set',
  `web.configSecret=${NAME}-web`,
  '--set',
  `web.tlsSecret=${NAME}-tls`,
] as const;

const bpf = (tools: ClusterTools): readonly Manifest[] => withComponents(tools, ['bpf']);

const withoutPodNames = (tools: ClusterTools): readonly Manifest[] =>
  withComponents(tools, ['without-pod-names']);

/** By kind and name, without the two labels that say that Helm was at work. */
function byName(manifests: readonly Manifest[]): Record<string, unknown> {
  const text = JSON.stringify(manifests, (key, value: unknown) =>
    ['helm.sh/chart', 'app.kubernetes.io/managed-by'].includes(key) ? undefined : value,
  );
  const parsed = JSON.parse(text) as Manifest[];
  return Object.fromEntries(parsed.map((each) => [`${each.kind} ${each.metadata.name}`, each]));
}

const MEGABYTES = /(\d+) MB/;

/** A number that the page of the benchmarks has in the row of this name. */
function measured(name: RegExp | string, number: RegExp): number {
  const [row] = rowsOf(new RegExp(name));
  return Number(number.exec(row?.measured ?? '')?.[1]);
}

const mebibytes = (quantity = ''): number => Number(/^(\d+)Mi$/.exec(quantity)?.[1]);

function expectBetween(value: number, low: number, high: number): void {
  expect(value).toBeGreaterThan(low);
  expect(value).toBeLessThan(high);
}

describe.each(CLUSTER_TOOLS)('the manifests, $name', (tools) => {
  const proved = test.skipIf(tools.reason !== undefined);

  proved('the base has what a cluster needs, in one namespace', () => {
    const manifests = base(tools);
    expect(Object.keys(byName(manifests)).toSorted()).toEqual([
      `ConfigMap ${NAME}`,
      `ConfigMap ${NAME}-dashboard-fleet`,
      `ConfigMap ${NAME}-dashboard-node`,
      `DaemonSet ${NAME}`,
      `Namespace ${NAME}`,
      `NetworkPolicy ${NAME}`,
      `PodMonitor ${NAME}`,
      `PrometheusRule ${NAME}`,
      `ServiceAccount ${NAME}`,
    ]);
    for (const { kind, metadata } of manifests) {
      expect(metadata.namespace, kind).toBe(kind === 'Namespace' ? undefined : NAME);
      expect(metadata.labels, kind).toMatchObject({
        'app.kubernetes.io/name': NAME,
        'app.kubernetes.io/version': version,
      });
    }
    expect(theOnly('Namespace', manifests).metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'privileged',
    });
  });

  proved('the base runs in tier none', () => {
    const { spec } = podTemplate(base(tools));
    expect(spec).toMatchObject({
      hostPID: true,
      hostNetwork: true,
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 59065,
        runAsGroup: 59065,
        supplementalGroups: [0],
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(theContainer(base(tools)).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(theOnly('ServiceAccount', base(tools))).toMatchObject({
      automountServiceAccountToken: false,
    });
  });

  proved('nothing of the host can be written', () => {
    const { volumeMounts } = theContainer(base(tools));
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
      `/etc/${NAME}`,
      '/host/proc',
      '/host/cgroup',
      '/var/log/pods',
    ]);
    expect(volumeMounts.filter(({ readOnly }) => readOnly !== true)).toEqual([]);
  });

  const FULL = {
    appArmorProfile: { type: 'Unconfined' },
    capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'SYS_PTRACE'] },
  };
  const BPF = { capabilities: { drop: ['ALL'], add: ['BPF', 'PERFMON'] } };

  proved.each([
    ['full', 'two capabilities and AppArmor', full, FULL],
    ['bpf', 'two capabilities', bpf, BPF],
  ] as const)('%s differs from the base by root and %s, and by nothing else', (...tier) => {
    const [, , make, more] = tier;
    const text = JSON.stringify(base(tools));
    const tierNone = podTemplate(base(tools)).spec.securityContext;
    const asRoot = {
      runAsNonRoot: false,
      runAsUser: 0,
      runAsGroup: 0,
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const expected = JSON.parse(text, (key, value: unknown) => {
      if (key !== 'securityContext') return value;
      if (JSON.stringify(value) === JSON.stringify(tierNone)) return asRoot;
      return { ...(value as object), ...more };
    }) as Manifest[];
    expect(make(tools)).toEqual(expected);
    expect(make(tools)).not.toEqual(base(tools));
  });

  proved('without the operator there is the base with annotations, and none of its objects', () => {
    const rest = base(tools).filter(({ apiVersion }) => !apiVersion.startsWith('monitoring'));
    const annotated = withoutOperator(tools);
    expect(podTemplate(annotated).metadata.annotations).toEqual({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9065',
      'prometheus.io/path': '/metrics',
    });
    const plain = JSON.parse(
      JSON.stringify(annotated, (key, value: unknown) =>
        key === 'annotations' ? undefined : value,
      ),
    ) as Manifest[];
    expect(plain).toEqual(rest);
  });

  proved(
    'a kustomization of your own names image, namespace and configuration, and combines components',
    () => {
      const manifests = withComponents(
        tools,
        ['full', 'without-operator'],
        `
namespace: ports
images: [{ name: ${NAME}, newName: registry.example/${NAME}, newTag: v1 }]
configMapGenerator:
  - { name: ${NAME}, behavior: merge, literals: ['config.yaml=poll: { interval: 10s }'] }
`,
      );
      expect(theContainer(manifests).image).toBe(`registry.example/${NAME}:v1`);
      expect(theContainer(manifests).securityContext).toMatchObject({
        capabilities: { add: ['SYS_ADMIN', 'SYS_PTRACE'] },
      });
      expect(theOnly('Namespace', manifests).metadata.name).toBe('ports');
      expect(manifests.map(({ kind }) => kind)).not.toContain('PodMonitor');
      const [config] = manifests.filter(
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === NAME,
      );
      expect(config?.data).toEqual({ 'config.yaml': 'poll: { interval: 10s }' });
    },
  );

  proved('without the names of pods there is neither group 0 nor the folder of logs', () => {
    const manifests = withoutPodNames(tools);
    expect(podTemplate(manifests).spec.securityContext).not.toHaveProperty('supplementalGroups');
    expect(JSON.stringify(podTemplate(manifests))).not.toMatch(/pod-logs|\/var\/log/);
    expect(theContainer(manifests).volumeMounts).toHaveLength(3);
  });

  proved('what names a port names one of the container', () => {
    const manifests = base(tools);
    const { ports, livenessProbe, readinessProbe, env } = theContainer(manifests);
    expect(ports).toEqual([{ name: 'metrics', containerPort: 9065, protocol: 'TCP' }]);
    const monitor = theOnly('PodMonitor', manifests).spec as {
      podMetricsEndpoints: { port: string }[];
    };
    const policy = theOnly('NetworkPolicy', manifests).spec as {
      ingress: { ports: { port: string }[] }[];
    };
    const named = [
      livenessProbe.httpGet.port,
      readinessProbe.httpGet.port,
      ...monitor.podMetricsEndpoints.map(({ port }) => port),
      ...policy.ingress.flatMap((rule) => rule.ports.map(({ port }) => port)),
    ];
    expect(named).toEqual(['metrics', 'metrics', 'metrics', 'metrics']);
    expect(env).toEqual([
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ]);
  });

  proved.each([
    ['base', base, []],
    ['full', full, ['--set', 'tier=full']],
    ['bpf', bpf, ['--set', 'tier=bpf']],
    ['without-operator', withoutOperator, ['--set', 'monitoring=annotations']],
    ['without-pod-names', withoutPodNames, ['--set', 'podNames=false']],
    ['tls', tls, TLS_VALUES],
  ] as const)('the chart makes the same objects as %s', (_name, make, args) => {
    // The namespace is not the chart's: Helm installs into one that is there.
    const expected = make(tools).filter(({ kind }) => kind !== 'Namespace');
    expect(byName(templated(tools, ...args))).toEqual(byName(expected));
  });

  proved('with TLS, two Secrets lie in one folder, and Prometheus is told whom to expect', () => {
    const manifests = tls(tools);
    const { args, volumeMounts } = theContainer(manifests);
    const flags = parseFlags(args.map((arg) => arg.replace('$(POD_IP)', '10.0.0.1')));
    expect(flags.webConfigFile).toBe(`/etc/${NAME}-web/web.yaml`);
    expect(volumeMounts).toContainEqual({
      name: 'web',
      mountPath: `/etc/${NAME}-web`,
      readOnly: true,
    });
    const sources = [`${NAME}-web`, `${NAME}-tls`].map((name) => ({ secret: { name } }));
    expect(podTemplate(manifests).spec.volumes).toContainEqual({
      name: 'web',
      projected: { sources },
    });
    expect(theOnly('PodMonitor', manifests).spec).toMatchObject({
      podMetricsEndpoints: [
        {
          scheme: 'https',
          tlsConfig: {
            ca: { secret: { name: `${NAME}-tls`, key: 'ca.crt' } },
            serverName: NAME,
          },
        },
      ],
    });
    // The exporter answers the probes to its own host without TLS, so that they hold for both.
    const { livenessProbe, readinessProbe } = theContainer(base(tools));
    expect(theContainer(manifests)).toMatchObject({ livenessProbe, readinessProbe });
  });

  proved('TLS goes together with all other components', () => {
    const all = ['full', 'without-operator', 'without-pod-names', 'tls'];
    const manifests = withComponents(tools, all);
    expect(theContainer(manifests).args.at(-1)).toBe(`--web.config.file=/etc/${NAME}-web/web.yaml`);
    expect(theContainer(manifests).volumeMounts.map(({ name }) => name)).toContain('web');
  });

  proved('the flags and the configuration are the exporter’s', () => {
    const { args } = theContainer(base(tools));
    const flags = parseFlags(args.map((arg) => arg.replace('$(POD_IP)', 'fd00::7')));
    expect(flags).toMatchObject({
      configFile: `/etc/${NAME}/config.yaml`,
      procfs: '/host/proc',
      cgroupfs: '/host/cgroup',
      podLogs: '/var/log/pods',
      listenAddresses: ['[fd00::7]:9065', '127.0.0.1:9065'],
    });
    const [config] = base(tools).filter(({ data }) => data?.['config.yaml'] !== undefined);
    expect(parseConfig('config.yaml', config?.data?.['config.yaml'] ?? '')).toEqual(
      defaultConfig(),
    );
    const { livenessProbe, readinessProbe } = theContainer(base(tools));
    expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual([
      '/-/healthy',
      '/-/ready',
    ]);
  });

  proved('the PrometheusRule has the rules of the file for Prometheus, word for word', () => {
    const groups = ruleGroups(PASSED_THROUGH);
    expect(groups.length).toBeGreaterThan(2);
    expect(theOnly('PrometheusRule', base(tools)).spec).toEqual({ groups });
  });

  proved('the ConfigMaps have the dashboards, and the label of Grafana’s sidecar', () => {
    const maps = base(tools).filter(({ metadata }) => metadata.name.includes('dashboard'));
    for (const name of ['fleet', 'node']) {
      const [map] = maps.filter(({ metadata }) => metadata.name === `${NAME}-dashboard-${name}`);
      const json = readFileSync(`${ROOT}grafana/dashboards/${name}.json`, 'utf8');
      expect(map?.data).toEqual({ [`ephemeral-ports-${name}.json`]: json });
      expect(map?.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    }
  });

  proved('no object is too large for kubectl apply, which notes each in an annotation', () => {
    const sizes = base(tools).map((manifest) => JSON.stringify(manifest).length);
    expect(Math.max(...sizes)).toBeLessThan(262_144);
  });

  proved('the memory is that of the benchmarks', () => {
    const { requests, limits } = theContainer(base(tools)).resources;
    const idle = measured(/^memory-idle-node24/, MEGABYTES);
    const largest = Math.max(...rowsOf(/memory/).map((row) => measured(row.name, MEGABYTES)));
    const worst = largest + idle - measured(/^memory-idle-node20/, MEGABYTES);
    expectBetween(mebibytes(requests['memory']) * 1.048576, idle, 1.5 * idle);
    expectBetween(mebibytes(limits['memory']) * 1.048576, 1.5 * worst, 2.5 * worst);
  });

  proved('the CPU is between that of an idle node and that of a busy one, without a limit', () => {
    const { requests, limits } = theContainer(base(tools)).resources;
    const idle = 10 * measured(/^cpu-idle/, /^([\d.]+) %/);
    const busy = measured(/^poll-100k-proc/, /^(\d+) ms/) / defaultConfig().poll.interval;
    expectBetween(Number(/^(\d+)m$/.exec(requests['cpu'] ?? '')?.[1]), idle, busy);
    expect(limits['cpu']).toBeUndefined();
  });
});

describe('the files', () => {
  test('the PrometheusRule is fresh (npm run kubernetes writes it)', () => {
    const written = readFileSync(`${KUBERNETES}/base/prometheusrule.yaml`, 'utf8');
    expect(written).toBe(prometheusRule(readFileSync(PASSED_THROUGH, 'utf8')));
  });

  test.each([
    ['deploy/kubernetes/base/kustomization.yaml', /newTag: (\S+)/],
    ['deploy/kubernetes/base/kustomization.yaml', /kubernetes\.io\/version: (\S+)/],
    ['deploy/helm/ephemeral-port-exporter/Chart.yaml', /^version: (\S+)/m],
    ['deploy/helm/ephemeral-port-exporter/Chart.yaml', /^appVersion: (\S+)/m],
  ])('%s has the version of the package: %s', (path, pattern) => {
    expect(pattern.exec(readFileSync(ROOT + path, 'utf8'))?.[1]).toBe(version);
  });
});
