import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NO_BPF } from '../support/bpf.ts';
import { CLUSTER_TOOLS, withComponents } from '../support/cluster-tools.ts';
import { type Manifest, theContainer } from '../support/manifest.ts';
import { SENSITIVE_YAML } from '../support/story.ts';
import { Container, using } from './container.ts';
import { podRun } from './kubelet.ts';
import { Neighbour } from './neighbour.ts';
import { podman } from './podman.ts';
import { profileThatKnowsBpf } from './seccomp-profile.ts';

/** The pod of the manifests for Kubernetes, run as they say: by podman, for there is no kubelet here. */

const HELD = 70;
const [TOOLS] = CLUSTER_TOOLS;
const folder = mkdtempSync(join(tmpdir(), 'epe-image-node-'));
chmodSync(folder, 0o755);
let neighbour: Neighbour;

beforeAll(async () => {
  neighbour = await Neighbour.holding(HELD);
});

afterAll(() => {
  neighbour.end();
});

/** With a configuration that shows also what uses little of a range that is not the true one. */
function manifestsOf(components: readonly string[]): readonly Manifest[] {
  if (TOOLS?.reason !== undefined) throw new Error(TOOLS.reason);
  const manifests = TOOLS === undefined ? [] : withComponents(TOOLS, components);
  return manifests.map((manifest) =>
    manifest.data?.['config.yaml'] === undefined
      ? manifest
      : { ...manifest, data: { 'config.yaml': SENSITIVE_YAML } },
  );
}

/** The components beside the base; whether the range of others is assumed; the source of the host where there is BPF. */
const TIERS = [
  ['none', [], 1, 'netlink'],
  ['bpf', ['bpf'], 1, 'bpf'],
  ['full', ['full'], 0, 'bpf'],
] as const;

test.each(TIERS)('the pod of tier %s runs', (_tier, components, assumed, source) => {
  const manifests = manifestsOf(components);
  const { how, flags } = podRun(manifests, '127.0.0.2', folder);
  const profile = `--security-opt=seccomp=${profileThatKnowsBpf()}`;
  return using(Container.asPod([...how, profile], flags, 9065), async (pod) => {
    const of = { netns: neighbour.netns };
    const page = await pod.untilShown(neighbour.netns);
    expect(page.value('endpoint_held', of)).toBe(HELD);
    expect(page.value('range_assumed', of)).toBe(assumed);
    const expected = NO_BPF === undefined ? source : 'netlink';
    expect(page.value('poll_success', { source: expected })).toBe(1);
    expect(page.value('feature_enabled', { feature: 'owner' })).toBe(1);
    expect(page.value('range_assumed', { netns: 'host' })).toBe(0);

    const { livenessProbe, readinessProbe, ports } = theContainer(manifests);
    for (const { path, port } of [livenessProbe.httpGet, readinessProbe.httpGet]) {
      const number = ports.find(({ name }) => name === port)?.containerPort;
      expect((await fetch(`http://127.0.0.2:${number}${path}`)).status, path).toBe(200);
    }
    const [shown] = podman('exec', pod.id, 'ls', '/var/log/pods').split('\n');
    expect(shown).toMatch(/^shop_cart/);
    const table = ['ephemeral-port-exporter', '--once', '--once.format=table'];
    expect(podman('exec', pod.id, ...table)).toMatch(/^Network namespace host: ports \d+-\d+/m);
    // It sees all namespaces of this machine: a critical alert of another test's is no error.
    expect(pod.log()).not.toMatch(/permission denied|"level":50(?!,"time":"[^"]*","alert":)/);
  });
});
