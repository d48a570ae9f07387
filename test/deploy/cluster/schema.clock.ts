import { describe, expect, test } from 'vitest';
import {
  CLUSTER_TOOLS,
  type ClusterTools,
  KUBERNETES,
  kustomized,
  templated,
  withComponents,
} from '../../support/cluster-tools.ts';
import type { Manifest } from '../../support/manifest.ts';
import { SCHEMAS, schemaProblems } from '../../support/manifest-schema.ts';

/** Values that make each template do all that it can. */
const EVERYTHING = new URL('everything.values.yaml', import.meta.url).pathname;

const RENDERINGS: readonly (readonly [string, (tools: ClusterTools) => readonly Manifest[]])[] = [
  ['base', (tools) => kustomized(tools, `${KUBERNETES}/base`)],
  ['full', (tools) => kustomized(tools, `${KUBERNETES}/full`)],
  ['bpf', (tools) => withComponents(tools, ['bpf'])],
  ['without-operator', (tools) => kustomized(tools, `${KUBERNETES}/without-operator`)],
  ['TLS', (tools) => withComponents(tools, ['tls'])],
  ['the chart', (tools) => templated(tools)],
  ['the chart, full', (tools) => templated(tools, '--set', 'tier=full')],
  ['the chart, bpf', (tools) => templated(tools, '--set', 'tier=bpf')],
  ['the chart, annotations', (tools) => templated(tools, '--set', 'monitoring=annotations')],
  ['the chart, every value', (tools) => templated(tools, '--values', EVERYTHING)],
];

describe.each(CLUSTER_TOOLS)('the schemas of Kubernetes and the operator, $name', (tools) => {
  const skipped = (tools.reason ?? SCHEMAS.reason) !== undefined;

  test.skipIf(skipped).each(RENDERINGS)('allow what %s makes', async (_name, make) => {
    const manifests = make(tools);
    expect(manifests.length).toBeGreaterThan(5);
    expect(await schemaProblems(manifests)).toEqual([]);
  });
});

const [TOOLS] = CLUSTER_TOOLS;

/** The manifests of the base, one text in them replaced. */
function damaged(text: string, by: string): readonly Manifest[] {
  if (TOOLS === undefined) return [];
  const whole = JSON.stringify(kustomized(TOOLS, `${KUBERNETES}/base`));
  expect(whole).toContain(text);
  return JSON.parse(whole.replace(text, by)) as Manifest[];
}

/** Without these the checks above could pass whatever they are given. */
describe('the schemas notice', () => {
  const noticed = test.skipIf((TOOLS?.reason ?? SCHEMAS.reason) !== undefined);
  noticed.each([
    ['an unknown field of a pod', '"hostPID"', '"hostPid"', /"hostPid"' does not exist/],
    ['an unknown field of a container', '"imagePullPolicy"', '"pullPolicy"', /"pullPolicy"' does/],
    ['an unknown field of a probe', '"failureThreshold"', '"failures"', /"failures"' does not/],
    ['an unknown field of a volume', '"hostPath":{', '"hostPaths":{', /"hostPaths"' does not/],
    ['an unknown field of a PodMonitor', '"targetLabel"', '"target_label"', /target_label"' does/],
    ['an unknown field of a rule', '"keep_firing_for"', '"keepFiringFor"', /keepFiringFor"' does/],
    ['a wrong type', '"containerPort":9065', '"containerPort":"9065"', /must be integer/],
    [
      'a missing selector',
      '"selector":{"matchLabels"',
      '"x":{"matchLabels"',
      /required property selector/,
    ],
    ['a bad duration', '"interval":"15s"', '"interval":"15 s"', /interval.* must match pattern/],
    ['a bad action', '"action":"labeldrop"', '"action":"drop_label"', /action.* must be equal to/],
    ['an unknown kind', '"kind":"DaemonSet"', '"kind":"DeamonSet"', /no schema of apps\/v1 Dea/],
    ['an old version', '"apps/v1"', '"apps/v1beta2"', /no schema of apps\/v1beta2 DaemonSet/],
  ])('%s', async (_what, text, by, said) => {
    const problems = await schemaProblems(damaged(text, by));
    expect(problems.join('\n')).toMatch(said);
  });
});
