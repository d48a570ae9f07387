import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { descriptorsAtRest } from '../support/descriptors.ts';
import { logOf, onHost, processOf } from '../support/story.ts';

/** Namespaces that come and go for 20 s: most within a poll, some stay until a look for new ones, every 15 s. */
const STORM = `
i=0
while [ $i -lt 200 ]; do
  i=$((i + 1))
  unshare --net sleep $((i % 10 == 0 ? 16 : 0)).$((i % 10)) &
  sleep 0.08
done
wait
echo over`;

describe('a storm of namespaces', () => {
  for (const [tier, source] of [
    ['none', 'proc'],
    ['full', 'proc'],
    ['full', 'netlink'],
  ] as const) {
    test(
      `${tier}, by ${source}: every poll is good, and only those that live are counted`,
      { timeout: 120_000 },
      onHost(async ({ host, start }) => {
        const stays = [await host.namespace(), await host.namespace()];
        const daemon = await start(tier, `--poll.source=${source}`);
        await daemon.nextPoll();
        const pid = await processOf(daemon);
        const [before, threads] = [await descriptorsAtRest(pid), threadsOf(pid)];
        const storm = host.runLater('sh', '-c', STORM);
        const failures: string[] = [];
        let most = 0;
        await daemon.until('the storm is over', async () => {
          const page = await daemon.nextPoll();
          most = Math.max(most, countOf(page));
          if (page.find('poll_success', { source: tier === 'full' ? source : 'proc' }) !== 1)
            failures.push(daemon.stderr);
          return storm.isOver();
        });
        expect(failures).toEqual([]);
        expect(most).toBeGreaterThan(1 + stays.length);
        await daemon.until('only the living are counted', async () => {
          return countOf(await daemon.nextPoll()) === 1 + stays.length;
        });
        const expected = tier === 'none' ? ['needs CAP_SYS_ADMIN'] : [];
        const bad = logOf(daemon).filter(({ level }) => level > 30);
        expect(bad.map(({ msg }) => /needs CAP_SYS_ADMIN/.exec(msg)?.[0] ?? msg)).toEqual(expected);
        expect(await descriptorsAtRest(pid)).toBe(before);
        expect(threadsOf(pid)).toEqual(threads);
      }),
    );
  }
});

function countOf(page: Awaited<ReturnType<Daemon['metrics']>>): number {
  const counts = ['scanned', 'gated', 'denied'].map((result) => page.value('netns', { result }));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A thread that died and was replaced has another number. */
function threadsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`);
}
