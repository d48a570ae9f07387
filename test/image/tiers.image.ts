import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { NO_BPF } from '../support/bpf.ts';
import { SENSITIVE_YAML } from '../support/story.ts';
import { CGROUPS, Container, HOST_PROCESSES, TIERS, using } from './container.ts';
import { MountedConfig } from './mounted-config.ts';
import { Neighbour } from './neighbour.ts';
import { runImage } from './podman.ts';
import { profileThatKnowsBpf } from './seccomp-profile.ts';

/** The daemon in a container, with what it is given, and what it sees of other namespaces of this machine. */

const HELD = 70;
const CAP_SYS_PTRACE = 1n << 19n;
const CAP_SYS_ADMIN = 1n << 21n;
const CAP_PERFMON = 1n << 38n;
const CAP_BPF = 1n << 39n;

const config = new MountedConfig(SENSITIVE_YAML);
let pod: Neighbour;

beforeAll(async () => {
  pod = await Neighbour.holding(HELD);
});

afterAll(() => {
  pod.end();
});

/** Who runs, and with what, as the host's kernel says. */
function privilegesOf(container: Container): {
  readonly uids: readonly number[];
  readonly capabilities: bigint;
  readonly noNewPrivileges: boolean;
} {
  const status = container.status();
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  return {
    uids: [...field('Uid').split('\t'), ...field('Gid').split('\t')].map(Number),
    capabilities: BigInt(`0x${field('CapEff')}`),
    noNewPrivileges: field('NoNewPrivs') === '1',
  };
}

/** The source that answers where nothing else is asked for. */
const BEST = NO_BPF === undefined ? 'bpf' : 'netlink';

function expectSource(page: Exposition, source: string): void {
  const found = ['bpf', 'netlink', 'proc'].filter(
    (each) => page.find('poll_success', { source: each }) === 1,
  );
  expect(found).toEqual([source]);
}

async function expectAssumedRange(container: Container): Promise<void> {
  const page = await container.untilShown(pod.netns);
  const of = { netns: pod.netns };
  expect(page.value('endpoint_held', of)).toBe(HELD);
  expect(page.value('range_assumed', of)).toBe(1);
  expect(page.value('range_low', of)).toBe(32_768);
  expect(page.value('range_assumed', { netns: 'host' })).toBe(0);
}

const PLACES = [
  ['its own /proc', [], []],
  ["the host's /proc, mounted", ['--volume=/proc:/host/proc:ro'], ['--path.procfs=/host/proc']],
] as const;

describe('tier none', () => {
  test('says nothing of BPF unless it is asked for, and tells units and containers', () =>
    using(Container.onHost([...TIERS.none, HOST_PROCESSES, CGROUPS]), async (container) => {
      const page = await container.nextPoll();
      expectSource(page, 'netlink');
      expect(container.log()).not.toMatch(/bpf/i);
      expect(page.value('feature_enabled', { feature: 'owner' })).toBe(1);
      expect(page.value('feature_enabled', { feature: 'connect_failures' })).toBe(0);
      const { stderr } = runImage(TIERS.none, ['--once', '--poll.source=bpf']);
      expect(stderr).toMatch(/BPF programs do not work here, netlink is read: .*CAP_BPF/);
    }));

  test("without the host's cgroup tree says once that owners are told in part", () =>
    using(Container.onHost([...TIERS.none, HOST_PROCESSES]), async (container) => {
      const page = await container.nextPoll();
      expect(page.value('feature_enabled', { feature: 'owner' })).toBe(0);
      const told = container.log().match(/owners of ports are told in part: [^"]*cgroup2 tree/g);
      expect(new Set(told).size, container.log()).toBe(1);
    }));

  for (const [where, volumes, flags] of PLACES) {
    test(`sees through ${where} what another namespace holds, by the range that is usual`, () =>
      using(
        Container.onHost(
          [...TIERS.none, HOST_PROCESSES, config.mount, ...volumes],
          [config.flag, ...flags],
        ),
        async (container) => {
          expect(privilegesOf(container)).toEqual({
            uids: Array.from({ length: 8 }, () => 59_065),
            capabilities: 0n,
            noNewPrivileges: true,
          });
          await expectAssumedRange(container);
        },
      ));
  }

  test("the host's /proc is enough, without its processes", () =>
    using(
      Container.onHost(
        [...TIERS.none, config.mount, '--volume=/proc:/host/proc:ro'],
        [config.flag, '--path.procfs=/host/proc'],
      ),
      expectAssumedRange,
    ));
});

describe('tier full', () => {
  for (const [where, volumes, flags] of PLACES) {
    test(`reads through ${where} the range that applies, and what is left of it`, () =>
      using(
        Container.onHost(
          [...TIERS.full, HOST_PROCESSES, config.mount, ...volumes],
          [config.flag, ...flags],
        ),
        async (container) => {
          expect(privilegesOf(container)).toEqual({
            uids: Array.from({ length: 8 }, () => 0),
            capabilities: CAP_SYS_ADMIN | CAP_SYS_PTRACE,
            noNewPrivileges: true,
          });
          const page = await container.untilShown(pod.netns);
          const of = { netns: pod.netns };
          expectSource(page, BEST);
          expect(page.value('range_assumed', of)).toBe(0);
          expect([page.value('range_low', of), page.value('range_high', of)]).toEqual([
            40_000, 40_099,
          ]);
          expect(page.value('endpoint_held', of)).toBe(HELD);
          expect(page.value('endpoint_available', of)).toBe(100 - HELD);
          expect(page.value('feature_enabled', { feature: 'netns_range' })).toBe(1);
        },
      ));
  }

  test('reads other namespaces by netlink', () =>
    using(
      Container.onHost(
        [...TIERS.full, HOST_PROCESSES, config.mount],
        [config.flag, '--poll.source=netlink'],
      ),
      async (container) => {
        const page = await container.untilShown(pod.netns);
        expect(page.value('endpoint_available', { netns: pod.netns })).toBe(100 - HELD);
        expectSource(page, 'netlink');
      },
    ));

  test.skipIf(NO_BPF !== undefined)('one poll by BPF', () => {
    const how = [...TIERS.full, HOST_PROCESSES];
    const { status, stdout, stderr } = runImage(how, ['--once', '--poll.source=bpf']);
    expect([status, stderr]).toEqual([0, '']);
    expectSource(new Exposition(stdout), 'bpf');
  });

  test.skipIf(NO_BPF !== undefined)('counts refused calls, and finds the processes of ports', () =>
    using(Container.onHost([...TIERS.full, HOST_PROCESSES, CGROUPS]), async (container) => {
      const page = await container.nextPoll();
      for (const feature of ['connect_failures', 'owner', 'owner_process'])
        expect(page.value('feature_enabled', { feature }), feature).toBe(1);
      expect(container.log()).not.toMatch(/BPF|owners/);
    }),
  );
});

describe.skipIf(NO_BPF !== undefined)('tier bpf', () => {
  const how = [...TIERS.bpf, HOST_PROCESSES, CGROUPS];

  test('reads the host by BPF, and counts its refused calls', () => {
    // Podman's own profile allows bpf(2) for SYS_ADMIN alone.
    const all = [...how, config.mount, `--security-opt=seccomp=${profileThatKnowsBpf()}`];
    return using(Container.onHost(all, [config.flag]), async (container) => {
      expect(privilegesOf(container)).toEqual({
        uids: Array.from({ length: 8 }, () => 0),
        capabilities: CAP_BPF | CAP_PERFMON,
        noNewPrivileges: true,
      });
      await expectAssumedRange(container);
      const page = await container.nextPoll();
      expect(page.value('poll_success', { source: 'bpf' })).toBe(1);
      expect(
        page.value('failures_total', { netns: 'host', call: 'connect' }),
      ).toBeGreaterThanOrEqual(0);
      expect(page.value('feature_enabled', { feature: 'connect_failures' })).toBe(1);
    });
  });

  test('is told by who asks for it where the profile refuses bpf(2); netlink is read', () => {
    const { status, stdout, stderr } = runImage(how, ['--once', '--poll.source=bpf']);
    expect(status).toBe(0);
    expect(stderr).toContain('BPF programs do not work here, netlink is read: ');
    expect(new Exposition(stdout).value('poll_success', { source: 'netlink' })).toBe(1);
  });
});
