import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CHART,
  CLUSTER_TOOLS,
  type ClusterTools,
  KUBERNETES,
  kustomized,
  NAME,
  run,
  templated,
  withComponents,
} from '../../support/cluster-tools.ts';
import {
  type Manifest,
  parseManifests,
  podTemplate,
  theContainer,
  theOnly,
} from '../../support/manifest.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const MANIFESTS = readFileSync(`${KUBERNETES}/README.md`, 'utf8');
const HELM = readFileSync(`${CHART}/README.md`, 'utf8');
const INSTALL = readFileSync(`${ROOT}deploy/README.md`, 'utf8');
const IMAGE = 'registry.example.com/ephemeral-port-exporter:0.1.0';

const CONFIG = 'poll: { interval: 10s }\n';

/** The text of the only block of a document that begins with this. */
function block(document: string, language: string, start: string): string {
  const [, ...blocks] = document.split(`\`\`\`${language}\n`);
  const [found = '', ...more] = blocks.filter((text) => text.startsWith(start));
  if (more.length > 0) throw new Error(`more than one block begins with ${start}`);
  return found.slice(0, found.indexOf('```'));
}

/** What the document's kustomization makes, with these components. */
function made(tools: ClusterTools, components: readonly string[]): readonly Manifest[] {
  mkdirSync(`${ROOT}.cache`, { recursive: true });
  const folder = mkdtempSync(`${ROOT}.cache/readme-`);
  const checkout = relative(folder, KUBERNETES);
  const list = components.map((name) => `${checkout}/components/${name}`).join(', ');
  const text = block(MANIFESTS, 'yml', '# kustomization.yaml')
    .replace(/\.\.\S+\/kubernetes/, checkout)
    .replace('components: []', `components: [${list}]`);
  try {
    writeFileSync(join(folder, 'kustomization.yaml'), text);
    writeFileSync(join(folder, 'config.yaml'), CONFIG);
    return kustomized(tools, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the documents tell a new user, done to the letter; only the checkout stands in for the repository. */
describe.each(CLUSTER_TOOLS)('the documents, $name', (tools) => {
  const proved = test.skipIf(tools.reason !== undefined);

  proved('its kustomization makes what it says', () => {
    const manifests = made(tools, []);
    expect(theContainer(manifests).image).toBe(IMAGE);
    const configs = manifests.flatMap(({ data }) => data?.['config.yaml'] ?? []);
    expect(configs).toEqual([CONFIG]);
    for (const kind of ['PodMonitor', 'PrometheusRule']) {
      const { labels } = theOnly(kind, manifests).metadata;
      expect(labels).toMatchObject({ release: 'kube-prometheus-stack' });
    }
  });

  proved('its kustomization takes all components together', () => {
    const manifests = made(tools, ['full', 'without-operator', 'without-pod-names']);
    expect(theContainer(manifests).image).toBe(IMAGE);
    expect(theContainer(manifests).volumeMounts).toHaveLength(3);
    expect(podTemplate(manifests).spec.securityContext).toMatchObject({ runAsUser: 0 });
    expect(manifests.map(({ kind }) => kind)).not.toContain('PodMonitor');
  });

  proved('its addition for certificates and users makes what it says', () => {
    const start = block(MANIFESTS, 'yml', '# With certificates and users');
    const more = start.slice(start.indexOf('secretGenerator:'));
    expect(start).toContain('components/tls');
    const manifests = withComponents(tools, ['tls'], more, { 'web.yaml': 'basic_auth_users: {}' });
    const { metadata, data } = theOnly('Secret', manifests);
    expect([metadata.name, Object.keys(data ?? {})]).toEqual([`${NAME}-web`, ['web.yaml']]);
    expect(theOnly('PodMonitor', manifests).spec).toMatchObject({
      podMetricsEndpoints: [
        {
          scheme: 'https',
          tlsConfig: { keySecret: { name: 'prometheus-client' }, serverName: NAME },
          basicAuth: { username: { name: 'prometheus-user' } },
        },
      ],
    });
  });

  proved('its values for certificates are what the chart takes', () => {
    const values = join(mkdtempSync(`${ROOT}.cache/values-`), 'values.yaml');
    writeFileSync(values, block(HELM, 'yml', 'web:'));
    const manifests = templated(tools, '--values', values);
    expect(theOnly('PodMonitor', manifests).spec).toMatchObject({
      podMetricsEndpoints: [{ scheme: 'https', tlsConfig: { serverName: NAME } }],
    });
    rmSync(dirname(values), { recursive: true });
  });

  proved('its command for Helm makes what it says', () => {
    const [, command = ''] = block(HELM, 'sh', 'kubectl apply -f').split('helm install ');
    const words = command.replaceAll('\\\n', ' ').trim().split(/\s+/);
    const [release = '', chart = '', ...args] = words;
    expect(join(ROOT, chart)).toBe(CHART);
    const { stdout } = run(tools.helm, 'template', release, CHART, ...args);
    const manifests = parseManifests(stdout);
    expect(theContainer(manifests).image).toBe(IMAGE);
    expect(theOnly('PodMonitor', manifests).metadata).toMatchObject({
      namespace: 'ephemeral-port-exporter',
      labels: { release: 'kube-prometheus-stack' },
    });
  });
});

describe('deploy/README.md', () => {
  test('gives the services the scores that their files have', () => {
    const score = (path: string): string | undefined =>
      /`systemd-analyze security`[\s\S]{0,60}?(\d\.\d)/.exec(
        readFileSync(ROOT + path, 'utf8'),
      )?.[1];
    const unit = score('deploy/systemd/ephemeral-port-exporter.service');
    const bpf = score('deploy/systemd/bpf.conf');
    const full = score('deploy/systemd/full.conf');
    expect(INSTALL).toContain(
      `\`systemd-analyze security\` gives it ${unit} of 10, ${bpf} in tier bpf, and ${full} in tier full`,
    );
  });

  test('has the memory that unit, manifests and command allow', () => {
    const [memory] = /--memory (\d+)m /.exec(INSTALL)?.slice(1) ?? [];
    expect(memory).toBeDefined();
    expect(INSTALL).toContain(`allow ${memory} MB.`);
    const files = [
      'deploy/systemd/ephemeral-port-exporter.service',
      'deploy/kubernetes/base/daemonset.yaml',
    ];
    for (const path of files) expect(readFileSync(ROOT + path, 'utf8')).toMatch(`${memory}M`);
  });
});
