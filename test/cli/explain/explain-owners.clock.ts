import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, opendirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Poller } from '../../../src/sampler/poll.ts';
import { hasBpf } from '../../support/bpf.ts';
import { MAIN, ONLY_HERE, run } from '../../support/exporter.ts';
import { IS_TRUE_ROOT } from '../../support/host.ts';
import { pollOptions } from '../../support/pools.ts';
import { inNetwork, LOW } from '../../support/scenario.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';
import { SocketClient } from '../../support/socket-client.ts';

/** Opens as many files as it may, and shares them with so many children. */
const CROWD = String.raw`
$| = 1; my @open; while (open my $file, '<', '/dev/null') { push @open, $file }
for (2..$ARGV[0]) { sleep 60, exit unless fork }
print "open\n"; sleep 60`;

/** Looking at the files of the crowd takes so long, and to search them twice: more than a poll may take for owners, less than a question. */
const SEARCH_MS = 1400;

let children: ChildProcess[] = [];
let clients: SocketClient[] = [];

afterEach(async () => {
  for (const { pid } of children) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  for (const client of clients) await client.end();
  [children, clients] = [[], []];
});

/** How long it takes to look at the files of a process. */
function searchMs(pid: number): number {
  const startMs = performance.now();
  const directory = opendirSync(`/proc/${pid}/fd`);
  for (let file = directory.readSync(); file !== null; file = directory.readSync()) {
    try {
      readlinkSync(`/proc/${pid}/fd/${file.name}`);
    } catch {
      // It has closed it meanwhile.
    }
  }
  directory.closeSync();
  return performance.now() - startMs;
}

/**
 * Among the tests that run for minutes, for no other poll comes to an end meanwhile: processes with so many files in all that a search for the
 * owners of later sockets comes to them last.
 */
async function crowd(): Promise<void> {
  const first = await crowdOf(1);
  const quickest = Math.min(...[1, 2, 3, 4].map(() => searchMs(first)));
  const count = Math.ceil(SEARCH_MS / Math.max(1, quickest));
  await crowdOf(Math.min(100, count));
}

async function crowdOf(count: number): Promise<number> {
  const line = `ulimit -n $(ulimit -Hn); exec perl -e '${CROWD.replaceAll("'", `'\\''`)}' ${count}`;
  const child = spawn('bash', ['-c', line], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** Runs the program where libbpf is no library, so that it looks at the files of all processes by /proc alone. */
function runWithoutBpf(...args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'epe-no-libbpf-'));
  try {
    writeFileSync(join(folder, 'libbpf.so.1'), '');
    const env = { ...process.env, LD_LIBRARY_PATH: folder };
    return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Who holds the ports of the one endpoint, once a poll knows the process of each, and how many polls went on searching before:
 * where a poll's time ends between two files of the process, it tells those that it came to.
 */
function afterMorePolls(): { readonly largest: readonly unknown[]; readonly polls: number } {
  const clock = new SteppedClock();
  const options = pollOptions('/proc');
  const namespaces = { ...options.namespaces, discover: 'off' } as const;
  const owners = { ...options.owners, find: 'auto' } as const;
  const poller = new Poller({ ...options, namespaces, owners }, { clock });
  for (let polls = 0; polls < 200; polls += 1) {
    const pools = poller.poll().namespaces[0]?.kinds.flatMap(({ exported }) => exported);
    const largest = pools?.[0]?.owners?.largest ?? [];
    if (largest.length > 0 && largest.every(({ kind }) => kind === 'process'))
      return { largest: largest.map(({ kind, name, ports }) => [kind, name, ports]), polls };
    clock.step(15);
  }
  return { largest: [], polls: 200 };
}

describe.runIf(IS_TRUE_ROOT)('among processes with very many files', () => {
  test('explain and one poll find the owners; without BPF one poll says that its search was not finished, more polls finish it', async () => {
    await inNetwork(async (network) => {
      network.listen('127.0.0.1', 80);
      await crowd();
      const client = SocketClient.start();
      clients.push(client);
      await client.open(90);
      expect(run('explain', '127.0.0.1:80', ONLY_HERE).stdout).toMatch(
        /^Held by perl \(90 ports\)\.$/m,
      );
      // With so many connections all ports of its parity are taken.
      const { stdout } = run('explain', `:${LOW}`, ONLY_HERE);
      expect(stdout).toMatch(new RegExp(`ESTABLISHED, of perl \\(pid ${client.pid}`));
      expect(stdout).not.toContain('was not finished');
      expect(run('--once', '--once.format=table', ONLY_HERE).stdout).not.toContain('not finished');
      const table = runWithoutBpf('--once', '--once.format=table', ONLY_HERE);
      expect(table).toMatch(/^\? the search for owners was not finished\.$/m);
      expect(table).toMatch(/Held by .*; the search for owners was not finished\./);
      const { largest, polls } = afterMorePolls();
      expect(largest).toEqual([['process', 'perl', 90]]);
      // 15 s give a poll 75 ms.
      if (!hasBpf()) expect(polls).toBeGreaterThan(5);
    });
  });
});
