import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SENSITIVE_YAML } from '../support/story.ts';
import { Container, HOST_PROCESSES, TIERS, using } from './container.ts';
import { MountedConfig } from './mounted-config.ts';
import { Neighbour } from './neighbour.ts';

/** The daemon in a container, with what it is given, and what it sees of other namespaces of this machine. */

const HELD = 70;
const CAP_SYS_PTRACE = 1n << 19n;
const CAP_SYS_ADMIN = 1n << 21n;

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
      Container.onHost([...TIERS.full, HOST_PROCESSES, config.mount], [config.flag]),
      async (container) => {
        const page = await container.untilShown(pod.netns);
        expect(page.value('endpoint_available', { netns: pod.netns })).toBe(100 - HELD);
        expect(page.value('poll_success', { source: 'netlink' })).toBe(1);
        expect(page.find('poll_success', { source: 'proc' })).toBeUndefined();
      },
    ));
});
