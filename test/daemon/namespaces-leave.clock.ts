import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { descriptorsAtRest, descriptorsOf } from '../support/descriptors.ts';
import { IS_TRUE_ROOT, type Resident } from '../support/host.ts';
import { hold, onHost, pidOnHost, processOf, type Story, untilShown } from '../support/story.ts';

/** The exporter keeps nothing of a namespace that it has looked into: it may die as if nobody had. */

/** The netlink sockets of a process's namespace, as descriptors show them. */
function netlinkSockets({ pid }: Resident): readonly string[] {
  const rows = readFileSync(`/proc/${pid}/net/netlink`, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => `socket:[${row.trim().split(/\s+/).at(-1) ?? ''}]`);
}

/** Whatever of `pods` the process has open. */
function foreign(pid: number, pods: readonly Resident[]): readonly string[] {
  const theirs = new Set(pods.flatMap(netlinkSockets));
  const home = readlinkSync(`/proc/${pid}/ns/net`);
  return descriptorsOf(pid).filter(
    (target) => theirs.has(target) || (target.startsWith('net:[') && target !== home),
  );
}

describe('what is left open between polls', () => {
  for (const source of ['proc', 'netlink'] as const) {
    test(
      `${source}: nothing of another namespace`,
      onHost(async ({ host, start }) => {
        const pods = [await host.namespace(), await host.namespace(), await host.namespace()];
        for (const pod of pods.slice(1)) hold(pod, 60);
        const daemon = await start('full', `--poll.source=${source}`);
        for (const pod of pods.slice(1)) await untilShown(daemon, pod.netns);
        const pid = await processOf(daemon);
        const before = await descriptorsAtRest(pid);
        expect(descriptorsOf(pid).filter((target) => target.startsWith('net:['))).not.toEqual([]);
        for (let polls = 0; polls < 4; polls += 1) {
          await daemon.nextPoll();
          await daemon.until('it is at rest', () =>
            Promise.resolve(foreign(pid, pods).length === 0),
          );
        }
        expect(await descriptorsAtRest(pid)).toBe(before);
      }),
    );
  }
});

describe('a namespace with a device', () => {
  const linkIsThere = ({ host }: Story): boolean =>
    host.run('ip', '-o', 'link', 'show').includes('outside@');

  test(
    'dies with its process, and the other end of its veth goes too',
    onHost(async (story) => {
      const { host, start } = story;
      const pod = await host.namespace();
      const peer = ['peer', 'name', 'inside', 'netns', String(pidOnHost(pod))];
      host.run('ip', 'link', 'add', 'outside', 'type', 'veth', ...peer);
      const sockets = hold(pod, 60);
      const daemon = await start('full', '--poll.source=netlink');
      await untilShown(daemon, pod.netns);
      expect(linkIsThere(story)).toBe(true);
      sockets.dispose();
      pod.kill();
      await untilGone(daemon, () => linkIsThere(story));
    }),
  );

  test.skipIf(!IS_TRUE_ROOT)(
    'dies with its name, which only root can give, and the veth goes too',
    onHost(async (story) => {
      const { host, start } = story;
      host.run('ip', 'netns', 'add', 'orders');
      host.run(
        'ip',
        'link',
        'add',
        'outside',
        'type',
        'veth',
        'peer',
        'name',
        'in',
        'netns',
        'orders',
      );
      const daemon = await start('full', '--poll.source=netlink');
      await daemon.until('it is known', async () => {
        return (await daemon.nextPoll()).value('netns', { result: 'gated' }) > 0;
      });
      expect(linkIsThere(story)).toBe(true);
      host.run('ip', 'netns', 'del', 'orders');
      await untilGone(daemon, () => linkIsThere(story));
      expect((await daemon.nextPoll()).value('netns', { result: 'gated' })).toBe(0);
    }),
  );
});

/** Two polls, and the time that the kernel takes to clean up. */
async function untilGone(daemon: Daemon, isThere: () => boolean): Promise<void> {
  await daemon.nextPoll();
  await daemon.nextPoll();
  for (let tries = 0; tries < 30 && isThere(); tries += 1) await sleep(200);
  expect(isThere()).toBe(false);
}
