import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { hold, onHost, type Story, untilShown } from '../support/story.ts';
import { type Call, NO_TRACE, type Thread, trace, type Trace } from '../support/strace.ts';

/** What the exporter's threads do in other namespaces, by the system calls that they make. */

const TRACED = '%file,setns,socket';

/** The descriptor of the own namespace: a thread tries the way back before it goes anywhere. */
function homeOf({ calls }: Thread): string | undefined {
  return calls.find(({ name }) => name === 'setns')?.text;
}

/** The calls that a thread made in other namespaces, and how often it went there. */
function abroad(thread: Thread): { readonly calls: readonly Call[]; readonly visits: number } {
  const home = homeOf(thread);
  const calls: Call[] = [];
  let [visits, isAbroad] = [0, false];
  for (const call of thread.calls) {
    if (call.name === 'setns' && call.result === 0) {
      isAbroad = call.text !== home;
      visits += Number(isAbroad);
    } else if (isAbroad) calls.push(call);
  }
  return { calls, visits };
}

/** Files of procfs that calls name, found or not. */
function procFiles(calls: readonly Call[]): readonly string[] {
  return calls.flatMap(({ text }) => /"(\/proc\/[^"]*)"/.exec(text)?.[1] ?? []);
}

/** Two namespaces with sockets, and a traced exporter that has shown them. */
async function traced({ host, startBy }: Story, { wrap }: Trace, source: string): Promise<Daemon> {
  const pods = [await host.namespace(), await host.namespace()];
  for (const pod of pods) hold(pod, 60);
  const daemon = await startBy(wrap, 'full', `--poll.source=${source}`);
  for (const { netns } of pods) await untilShown(daemon, netns);
  await daemon.nextPoll();
  return daemon;
}

describe.skipIf(NO_TRACE !== undefined)(`system calls (${NO_TRACE ?? ''})`, () => {
  for (const source of ['proc', 'netlink'] as const) {
    test(
      `${source}: abroad a thread reads only what is its own, and no other thread reads there`,
      onHost(async (story) => {
        const running = trace(TRACED);
        await traced(story, running, source);
        const threads = running.read();
        const travellers = threads.filter((thread) => homeOf(thread) !== undefined);
        expect(travellers).toHaveLength(1);
        const { calls, visits } = abroad(travellers[0] ?? { tid: 0, calls: [] });
        expect(visits).toBeGreaterThan(5);
        const files = procFiles(calls);
        expect(files).toContain('/proc/thread-self/net/sockstat');
        expect(files).toContain('/proc/sys/net/ipv4/ip_local_port_range');
        if (source === 'proc') expect(files).toContain('/proc/thread-self/net/tcp');
        else expect(calls.some(({ text }) => text.includes('NETLINK_SOCK_DIAG'))).toBe(true);
        expect(files.filter((file) => !/^\/proc\/(thread-self|sys)\//.test(file))).toEqual([]);
        const others = threads.filter((thread) => homeOf(thread) === undefined);
        expect(others.length).toBeGreaterThan(2);
        const theirs = others.flatMap((thread) => thread.calls);
        expect(procFiles(theirs).filter((file) => /\/net(\/|$)|thread-self/.test(file))).toEqual(
          [],
        );
        expect(theirs.filter(({ text }) => text.includes('AF_NETLINK'))).toEqual([]);
      }),
    );
  }

  test(
    'a thread that cannot go home ends, and reads nothing more',
    onHost(async ({ host, startBy }) => {
      await host.namespace();
      const running = trace(TRACED, '--inject=setns:error=EPERM:when=3');
      const log = await startBy(running.wrap, 'full').then(logToTheEnd, String);
      expect(log).toContain('the sampler died and was started again');
      expect(log).toContain("cannot return to the exporter's own network namespace (EPERM)");
      const lost = running.read().filter((thread) => homeOf(thread) !== undefined);
      expect(lost.length).toBeGreaterThan(1);
      for (const thread of lost) {
        const at = thread.calls.findIndex(({ name, result }) => name === 'setns' && result < 0);
        expect(at).toBeGreaterThan(0);
        expect(procFiles(thread.calls.slice(at))).toEqual([]);
        expect(thread.calls.slice(at).filter(({ name }) => name === 'socket')).toEqual([]);
      }
    }),
  );
});

/** The log of an exporter whose threads end one after another, until it gives up. */
async function logToTheEnd(daemon: Daemon): Promise<string> {
  if (daemon.process.exitCode === null) await once(daemon.process, 'exit');
  return daemon.stderr;
}
