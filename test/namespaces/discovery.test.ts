import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { temporaryFile } from '../support/exporter.ts';
import { Resident } from '../support/host.ts';
import { Polls } from '../support/polls.ts';
import { hold, onHost, SENSITIVE } from '../support/story.ts';

/** When namespaces are found: real ones, by polls a second apart on a clock that the test steps. */

function polls(): Polls {
  return new Polls({ flags: ['--poll.source=proc', `--config.file=${SENSITIVE}`] });
}

/** The first page that shows `netns`, and after how many seconds. */
async function firstShown(
  polls: Polls,
  netns: string,
): Promise<{ readonly page: Exposition; readonly seconds: number }> {
  for (let seconds = 1; seconds <= 120; seconds += 1) {
    const page = await polls.next();
    if (page.find('endpoint_held', { netns }) !== undefined) return { page, seconds };
  }
  throw new Error(`${netns} is not shown within two minutes`);
}

describe('namespaces that come and go', () => {
  test(
    'one that comes is seen within 15 s, one that goes takes its series along',
    onHost(async ({ host }) => {
      const running = polls();
      await running.next();
      const pod = await host.namespace();
      const sockets = hold(pod, 60);
      const { netns } = pod;
      const { page, seconds } = await firstShown(running, netns);
      expect(seconds).toBeLessThanOrEqual(15);
      expect(page.value('netns_info', { netns })).toBe(1);
      sockets.dispose();
      await host.end(pod);
      const after = await running.next();
      expect(after.find('netns_info', { netns })).toBeUndefined();
      expect(after.find('endpoint_held', { netns })).toBeUndefined();
    }),
  );

  test(
    'a process that leaves for a namespace of its own after it was seen',
    onHost(async ({ host }) => {
      const go = temporaryFile('go', '');
      const leave = `exec unshare --net sh -c 'ip link set lo up; exec sleep 1000'`;
      const late = await host.process(`(while [ ! -s ${go} ]; do sleep 0.05; done; ${leave}) &`);
      const running = polls();
      await running.next();
      const before = late.netns;
      const children = readFileSync(`/proc/${late.pid}/task/${late.pid}/children`, 'utf8');
      const pod = new Resident(Number(children.trim().split(' ')[0]));
      expect(pod.netns).toBe(before);
      await running.next(15);
      writeFileSync(go, 'go');
      await expect.poll(() => isThere(pod, before), { timeout: 10_000 }).toBe(true);
      hold(pod, 60);
      const { seconds } = await firstShown(running, pod.netns);
      expect(seconds).toBeLessThanOrEqual(15);
    }),
  );
});

/** Whether the process is in a namespace of its own, where the loopback device is up. */
function isThere(pod: Resident, before: string): boolean {
  if (pod.netns === before) return false;
  return readFileSync(`/proc/${pod.pid}/comm`, 'utf8') === 'sleep\n';
}
