import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';
import { IS_TRUE_ROOT } from '../support/host.ts';
import { hold, logLines, onHost, pidOnHost, processOf, untilShown } from '../support/story.ts';

/** Descriptors or memory are short for a while. `strace` gives the system calls the error that they would get. */

const skipped =
  missing(['strace', 'strace']) ??
  (IS_TRUE_ROOT ? undefined : 'only root may trace what has capabilities');

/** Lets each open of `path` by the process `pid` fail. */
function failOpens(pid: number, path: string, errno: string): ChildProcess {
  const inject = ['-e', 'trace=open,openat', `--inject=open,openat:error=${errno}`];
  const options = ['-f', '-qq', '-o', '/dev/null', '-P', path, ...inject, '-p', String(pid)];
  return spawn(tool('strace', 'strace'), options, { stdio: 'ignore' });
}

describe.skipIf(skipped !== undefined)(`short of all${skipped ? ` (${skipped})` : ''}`, () => {
  for (const [tier, file, errno] of [
    ['full', 'ns/net', 'ENFILE'],
    ['none', 'stat', 'ENOMEM'],
  ] as const) {
    test(
      `${errno} on ${file}: the namespace stays, and nothing false is said of it`,
      onHost(async ({ host, start }) => {
        const pod = await host.namespace('sysctl -qw net.ipv4.ip_local_port_range="40000 40099"');
        hold(pod, 60);
        const daemon = await start(tier);
        const of = { netns: pod.netns, pool: 'connect' };
        const before = await untilShown(daemon, pod.netns);
        const capacity = before.value('endpoint_capacity', of);
        const path = `/proc/${pidOnHost(pod)}/${file}`;
        const strace = failOpens(await processOf(daemon), path, errno);
        await daemon.until('it is refused', async () => {
          const page = await daemon.nextPoll();
          expect([undefined, capacity]).toContain(page.find('endpoint_capacity', of));
          return page.value('netns', { result: 'denied' }) === 1;
        });
        expect(logLines(daemon, `(${errno})`)).toHaveLength(1);
        strace.kill();
        await once(strace, 'exit');
        // At once: a namespace that was taken for ended is found again only after 15 s.
        await daemon.nextPoll();
        const after = await daemon.nextPoll();
        expect(after.value('endpoint_capacity', of)).toBe(capacity);
      }),
    );
  }
});
