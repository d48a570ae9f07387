import { describe, expect, test } from 'vitest';
import { NO_BPF } from '../support/bpf.ts';
import { request } from '../support/daemon.ts';
import { hold, onHost, untilShown } from '../support/story.ts';
import { type Call, NO_TRACE, trace } from '../support/strace.ts';

/** From its start on the exporter changes nothing of the host: by the system calls of all its threads. */

const TRACED = '%file,%network,ftruncate,fallocate,fchmod,fchown,bpf,kill,ptrace,setns,unshare';

/** Calls with a path that can change nothing: they look, or open, which flags tell. */
const LOOKS = [
  'access',
  'execve',
  'faccessat2',
  'getcwd',
  'inotify_add_watch',
  'newfstatat',
  'openat',
  'readlink',
  'readlinkat',
  'statfs',
  'statx',
];

/** Calls about its own sockets, and the way into other network namespaces and back. */
const OWN = [
  'accept4',
  'bind',
  'getpeername',
  'getsockname',
  'getsockopt',
  'listen',
  'recvfrom',
  'sendto',
  'setns',
  'setsockopt',
  'shutdown',
  'socket',
];

/**
 * What bpf(2) is asked for (`enum bpf_cmd`): to load, to attach by a link, to run a program that only reads, and to read. Not among
 * them are those that pin something, or attach it so that it outlives the process.
 */
const BPF_COMMANDS = [
  'BPF_BTF_GET_FD_BY_ID',
  'BPF_BTF_LOAD',
  'BPF_ITER_CREATE',
  'BPF_LINK_CREATE',
  'BPF_MAP_CREATE',
  'BPF_MAP_FREEZE',
  'BPF_MAP_LOOKUP_BATCH',
  'BPF_MAP_LOOKUP_ELEM',
  'BPF_MAP_UPDATE_ELEM',
  'BPF_OBJ_GET_INFO_BY_FD',
  'BPF_PROG_LOAD',
  'BPF_PROG_TEST_RUN',
  'BPF_RAW_TRACEPOINT_OPEN',
];

/**
 * Requests that only ask, by the protocol of netlink; as numbers where strace does not know the socket, because it is of
 * another network namespace. SOCK_DIAG_BY_FAMILY and TCPDIAG_GETSOCK, and RTM_GETROUTE and RTM_GETRULE.
 */
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  NETLINK_SOCK_DIAG: ['SOCK_DIAG_BY_FAMILY', 'TCPDIAG_GETSOCK', '0x14', '0x12'],
  NETLINK_ROUTE: ['RTM_GETROUTE', 'RTM_GETRULE', '0x1a', '0x22'],
};

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
const others = (found: readonly string[], known: readonly string[]): readonly string[] =>
  unique(found).filter((each) => !known.includes(each));

/** The first word of each call of this name. */
function firstWords(calls: readonly Call[], name: string): readonly string[] {
  return calls
    .filter((call) => call.name === name)
    .map(({ text }) => /^\w+/.exec(text)?.[0] ?? text);
}

/** What a thread sends by netlink: the protocol, and the type of the request. */
function requestsOf(calls: readonly Call[]): readonly (readonly [string, string])[] {
  const protocols = new Map<string, string>();
  const requests: [string, string][] = [];
  for (const { name, text, result } of calls) {
    if (name === 'socket') protocols.set(String(result), /\w+$/.exec(text)?.[0] ?? text);
    if (name !== 'sendto') continue;
    const [, fd = '', type = text] =
      /^(\d+), \[?\{nlmsg_len=\d+, nlmsg_type=(\w+)/.exec(text) ?? [];
    requests.push([protocols.get(fd) ?? 'unknown', type]);
  }
  return requests;
}

/** After the program itself has begun: what gave it its privileges made calls of its own. */
function sinceItsStart(calls: readonly Call[]): readonly Call[] {
  return calls.slice(calls.findLastIndex(({ name }) => name === 'execve') + 1);
}

describe.skipIf(NO_TRACE !== undefined)(`nothing is written (${NO_TRACE ?? ''})`, () => {
  test.each(['none', 'bpf', 'full'] as const)('in tier %s, with owners', (tier) =>
    onHost(async ({ host, network, startBy }) => {
      const pod = await host.namespace();
      hold(pod, 60);
      const listener = network.listen('127.0.0.1', 80);
      network.connections(60, { to: '127.0.0.1', port: 80 }, listener);
      const running = trace(TRACED);
      const daemon = await startBy(running.wrap, tier);
      await untilShown(daemon, pod.netns);
      const page = await daemon.nextPoll();
      await request(daemon.port, '/api/v1/snapshot');
      await daemon.stop();
      const threads = running.read().map((thread) => sinceItsStart(thread.calls));
      const calls = threads.flat();

      const byBpf = NO_BPF === undefined && tier !== 'none';
      expect(page.find('poll_success', { source: 'bpf' })).toBe(byBpf ? 1 : undefined);
      expect(page.value('feature_enabled', { feature: 'connect_failures' })).toBe(Number(byBpf));
      const seesProcesses = page.value('feature_enabled', { feature: 'owner_process' });
      expect(seesProcesses).toBe(Number(tier === 'full'));
      const names = calls.map(({ name }) => name);
      expect(others(names, [...LOOKS, ...OWN, 'bpf'])).toEqual([]);
      const opened = calls.filter(({ name }) => name === 'openat');
      expect(opened.length).toBeGreaterThan(50);
      expect(opened.filter(({ text }) => !/, O_RDONLY(\||$|,)/.test(text))).toEqual([]);
      expect(opened.filter(({ text }) => /O_(CREAT|TRUNC|APPEND|TMPFILE)/.test(text))).toEqual([]);
      const commands = firstWords(calls, 'bpf');
      expect(others(commands, BPF_COMMANDS)).toEqual([]);
      if (byBpf) expect(commands).toContain('BPF_PROG_TEST_RUN');
      const requests = threads.flatMap(requestsOf);
      expect(requests).toContainEqual(['NETLINK_SOCK_DIAG', expect.anything()]);
      const strange = requests.filter(([protocol, type]) => !REQUESTS[protocol]?.includes(type));
      expect(strange).toEqual([]);
    })(),
  );
});
