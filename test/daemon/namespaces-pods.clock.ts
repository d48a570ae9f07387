import { mkdirSync, mkdtempSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CGROUPS, Cgroups, newPod } from '../support/cgroup.ts';
import type { Daemon } from '../support/daemon.ts';
import { MAIN, temporaryFile } from '../support/exporter.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { IS_TRUE_ROOT, type Resident, type Tier, TIERS } from '../support/host.ts';
import type { Network } from '../../deploy/demo/lab/network.ts';
import {
  hold,
  logOf,
  onHost,
  processOf,
  SENSITIVE_YAML,
  type Story,
  untilShown,
} from '../support/story.ts';

/** Pods as the kubelet leaves them on a node: cgroups, and folders for their logs. */

const isPossible = IS_TRUE_ROOT && CGROUPS !== undefined;
const WHY = isPossible ? '' : ' (only root can make cgroups, where a hierarchy is mounted)';

/** What runs the pods of one test. */
class Node {
  readonly logs = mkdtempSync(join(tmpdir(), 'epe-pod-logs-'));
  readonly #story: Story;
  readonly #cgroups: Cgroups;

  constructor(story: Story, cgroups: Cgroups) {
    this.#story = story;
    this.#cgroups = cgroups;
    chmodSync(this.logs, 0o755);
  }

  /** A pod with a namespace of its own; `name` is such as `shop/cart-0`. */
  async pod(name: string): Promise<Pod> {
    return this.podOf(name, await this.#story.host.namespace());
  }

  /** The pod that `resident` is the first process of. */
  podOf(name: string, resident: Resident): Pod {
    const { uid, containerId, cgroup } = newPod();
    this.#cgroups.move(resident, cgroup);
    const folder = join(this.logs, `${name.replace('/', '_')}_${uid}`);
    return new Pod(resident, containerId, folder);
  }

  /** A pod that the kubelet has named, with sockets in it. */
  async busyPod(name: string, sockets = 60): Promise<Pod> {
    const pod = await this.pod(name);
    pod.name();
    pod.hold(sockets);
    return pod;
  }

  start(...flags: readonly string[]): Promise<Daemon> {
    return this.startAs('none', ...flags);
  }

  startAs(tier: Tier, ...flags: readonly string[]): Promise<Daemon> {
    return this.#story.start(tier, `--path.pod-logs=${this.logs}`, ...flags);
  }
}

class Pod {
  readonly resident: Resident;
  readonly netns: string;
  readonly containerId: string;
  readonly #folder: string;
  #network: Network | undefined;

  constructor(resident: Resident, containerId: string, folder: string) {
    this.resident = resident;
    this.netns = resident.netns;
    this.containerId = containerId;
    this.#folder = folder;
  }

  name(): void {
    mkdirSync(this.#folder);
  }

  hold(sockets: number): void {
    this.#network = hold(this.resident, sockets);
  }

  end(): void {
    this.#network?.dispose();
    this.resident.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Tells a story of pods, and removes what it made. */
function onNode(tell: (node: Node, story: Story) => Promise<void>): () => Promise<void> {
  return async () => {
    const cgroups = new Cgroups();
    const tellAll = async (story: Story): Promise<void> => {
      const node = new Node(story, cgroups);
      try {
        await tell(node, story);
      } finally {
        rmSync(node.logs, { recursive: true });
      }
    };
    await onHost(tellAll)().finally(() => cgroups.remove());
  };
}

function seriesOf(page: Exposition, netns: string): Exposition['samples'] {
  return page.samples.filter(({ labels }) => labels['netns'] === netns);
}

/** The pods that the series of a namespace name, without repetitions. */
function podsOf(page: Exposition, netns: string): readonly string[] {
  const names = seriesOf(page, netns).map(
    ({ labels }) => `${labels['pod_namespace'] ?? '?'}/${labels['pod_name'] ?? '?'}`,
  );
  return [...new Set(names)];
}

function configWith(namespaces: string): string {
  return `${SENSITIVE_YAML}namespaces: ${namespaces}\n`;
}

describe.skipIf(!isPossible)(`pods${WHY}`, () => {
  test(
    'a pod is named in all its series, in the log and in the table',
    onNode(async (node, { host }) => {
      const pod = await node.busyPod('shop/cart-0');
      const { netns } = pod;
      const daemon = await node.start();
      const page = await untilShown(daemon, netns);
      const families = new Set(seriesOf(page, netns).map(({ name }) => name));
      for (const name of ['endpoint_held', 'range_low', 'alert', 'netns_info']) {
        expect([...families]).toContain(`ephemeral_ports_${name}`);
      }
      expect(podsOf(page, netns)).toEqual(['shop/cart-0']);
      expect(podsOf(page, 'host')).toEqual(['/']);
      expect(page.labelOf('netns_info', { netns }, 'container_id')).toBe(pod.containerId);
      const fired = logOf(daemon).filter(({ change }) => change === 'fired');
      expect(fired).toMatchObject([{ netns, pod_namespace: 'shop', pod_name: 'cart-0' }]);
      expect(fired[0]?.msg).toContain('pod shop/cart-0: 127.0.0.1 → 127.0.0.1:80');
      const config = temporaryFile('table.yaml', SENSITIVE_YAML);
      const flags = ['--once', '--once.format=table', `--path.pod-logs=${node.logs}`];
      const command = [process.execPath, MAIN, ...flags, `--config.file=${config}`];
      const table = host.run(...TIERS.none, ...command);
      expect(table).toContain(`Network namespace ${netns}, pod shop/cart-0:`);
      expect(table).toContain('EphemeralPortsExhaustion: pod shop/cart-0: 127.0.0.1 →');
    }),
  );

  test(
    'a pod whose namespace was made before its first process is named too',
    onNode(async (node, { host }) => {
      host.run('ip', 'netns', 'add', 'cni-0');
      const daemon = await node.startAs('full');
      await daemon.until('the empty namespace is known', async () => {
        return (await daemon.nextPoll()).value('netns', { result: 'gated' }) === 1;
      });
      const pod = node.podOf('shop/cart-0', await host.firstIn('cni-0'));
      pod.name();
      pod.hold(60);
      await daemon.until('the pod is named', async () => {
        return podsOf(await daemon.nextPoll(), pod.netns).includes('shop/cart-0');
      });
      const page = await daemon.nextPoll();
      expect(podsOf(page, pod.netns)).toEqual(['shop/cart-0']);
      expect(page.labelOf('netns_info', { netns: pod.netns }, 'name')).toBe('cni-0');
      expect(page.value('endpoint_held', { netns: pod.netns, protocol: 'tcp' })).toBe(60);
    }),
  );

  test(
    'a pod whose folder comes late is not shown without its name',
    onNode(async (node) => {
      const pod = await node.pod('shop/late-0');
      pod.hold(60);
      const known = await node.busyPod('shop/known-0');
      const daemon = await node.start();
      await untilShown(daemon, known.netns);
      const startMs = performance.now();
      while (performance.now() - startMs < 10_000) {
        expect(seriesOf(await daemon.metrics(), pod.netns)).toEqual([]);
        await sleep(500);
      }
      pod.name();
      const page = await untilShown(daemon, pod.netns);
      expect(podsOf(page, pod.netns)).toEqual(['shop/late-0']);
    }),
  );

  test(
    'without the folder of logs pods are shown, without their names',
    onNode(async (node) => {
      const pod = await node.busyPod('shop/cart-0');
      const daemon = await node.start(`--path.pod-logs=${join(node.logs, 'missing')}`);
      const page = await untilShown(daemon, pod.netns);
      expect(podsOf(page, pod.netns)).toEqual(['/']);
      const { netns } = pod;
      expect(page.labelOf('netns_info', { netns }, 'container_id')).toBe(pod.containerId);
      const said = logOf(daemon).filter(({ msg }) => msg.startsWith('pods cannot be named'));
      expect(said).toHaveLength(1);
      expect(said[0]?.msg).toContain('missing: not found; --path.pod-logs must name');
    }),
  );

  test(
    'include and exclude choose pods, also when they are loaded anew',
    onNode(async (node) => {
      const shop = await node.busyPod('shop/cart-0');
      const system = await node.busyPod('kube-system/dns-0');
      const config = temporaryFile('choice.yaml', configWith('{ exclude: [kube-system] }'));
      const daemon = await node.start(`--config.file=${config}`);
      const shown = async (...pods: readonly Pod[]): Promise<void> => {
        await daemon.until('the choice is in force', async () => {
          const page = await daemon.nextPoll();
          return [shop, system].every(
            (pod) => seriesOf(page, pod.netns).length > 0 === pods.includes(pod),
          );
        });
        expect(podsOf(await daemon.nextPoll(), 'host')).toEqual(['/']);
      };
      const pid = await processOf(daemon);
      const choose = (choice: string): void => {
        writeFileSync(config, configWith(choice));
        process.kill(pid, 'SIGHUP');
      };
      await shown(shop);
      choose('{ include: [kube-system] }');
      await shown(system);
      choose('{ include: [nobody] }');
      await shown();
      choose('{ discover: auto }');
      await shown(shop, system);
      choose('{ exclude: [shop, kube-system] }');
      await shown();
      choose('{ discover: off }');
      await shown();
      choose('{ exclude: [kube-system] }');
      await shown(shop);
    }),
  );

  test(
    'a pod that comes again under its name, in a namespace of its own',
    onNode(async (node) => {
      const before = await node.busyPod('shop/cart-0', 600);
      const daemon = await node.start();
      await untilShown(daemon, before.netns);
      const after = await node.pod('shop/cart-0');
      const { netns } = after;
      expect(netns).not.toBe(before.netns);
      after.name();
      before.end();
      after.hold(80);
      const page = await untilShown(daemon, netns);
      expect(podsOf(page, netns)).toEqual(['shop/cart-0']);
      expect(seriesOf(page, before.netns)).toEqual([]);
      expect(page.value('endpoint_usage_ratio_peak', { netns })).toBeCloseTo(80 / 28_232, 6);
    }),
  );
});
