import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { renderTable } from '../../src/cli/once/table.ts';
import type { PoolSnapshot } from '../../src/snapshot/snapshot.ts';
import type { PoolOwners } from '../../src/owners/owner.ts';
import { Poller, type PollOptions } from '../../src/sampler/poll.ts';
import { CGROUPS2, Cgroups, newPod } from '../support/cgroup.ts';
import { IS_TRUE_ROOT } from '../support/host.ts';
import { asNobody } from '../support/nobody.ts';
import { pollOptions } from '../support/pools.ts';
import { inNetwork } from '../support/scenario.ts';
import { SocketClient } from '../support/socket-client.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

/**
 * Opens 80 connections, says so, and hands them to another process (SCM_RIGHTS, as `subprocess.send` in Node.js does) as
 * soon as there is a line of input; then it has none of them open. The other one ends with it.
 */
const GIVER = String.raw`
const { spawn } = require('node:child_process');
const net = require('node:net');
const TAKER = "process.title = 'taker'; const kept = []; process.on('message', (_, socket) => process.send(kept.push(socket))); process.on('disconnect', () => process.exit())";
process.title = 'giver';
const taker = spawn(process.execPath, ['-e', TAKER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const open = Array.from({ length: 80 }, () => net.connect(80, '127.0.0.1'));
let connected = 0;
for (const socket of open) socket.on('connect', () => { if (++connected === 80) console.log('open'); });
process.stdin.once('data', () => { for (const socket of open) taker.send('yours', socket); });
taker.on('message', (taken) => { if (taken === 80) console.log('given'); });
`;

const isPossible = IS_TRUE_ROOT && CGROUPS2 !== undefined;
const NOBODY = 65_534;

let cgroups = new Cgroups();
let clients: SocketClient[] = [];
let podLogs = '';

beforeEach(() => {
  cgroups = new Cgroups(CGROUPS2);
  clients = [];
  podLogs = mkdtempSync(join(tmpdir(), 'epe-pod-logs-'));
  chmodSync(podLogs, 0o755);
});

afterEach(async () => {
  for (const client of clients) await client.end();
  await cgroups.remove();
  rmSync(podLogs, { recursive: true });
});

/** A client in the cgroup `path`; in that of the test where it is empty. */
function clientIn(path: string, command?: readonly string[]): SocketClient {
  const client = SocketClient.start(command);
  clients.push(client);
  if (path !== '') cgroups.move(client, path);
  return client;
}

interface Asked {
  readonly source?: PollOptions['source'];
  readonly find?: 'auto' | 'off';
  readonly cgroupfs?: string;
}

/** Polls the namespace that this thread is in, alone, and steps the clock. */
class Watch {
  readonly #clock = new SteppedClock();
  readonly poller: Poller;

  constructor({ source = 'netlink', find = 'auto', cgroupfs = CGROUPS2 ?? '' }: Asked = {}) {
    const options = pollOptions('/proc');
    const namespaces = { ...options.namespaces, discover: 'off', podLogs } as const;
    this.poller = new Poller(
      { ...options, source, namespaces, owners: { find, cgroupfs } },
      { clock: this.#clock },
    );
  }

  /** The owners of the one endpoint, once `isWanted`; what is known after the last poll otherwise. */
  until(isWanted: (owners: PoolOwners) => boolean = () => true): PoolOwners | undefined {
    let owners: PoolOwners | undefined;
    for (let polls = 0; polls < 200; polls += 1) {
      owners = this.now();
      if (owners !== undefined && isWanted(owners)) return owners;
    }
    return owners;
  }

  now(): PoolOwners | undefined {
    const { namespaces } = this.poller.poll();
    this.#clock.step(30);
    return namespaces[0]?.kinds.flatMap(({ exported }) => exported)[0]?.owners;
  }
}

function text(owners: PoolOwners | undefined): readonly string[] | undefined {
  return owners?.largest.map(({ kind, name, ports, remembered }) => {
    return `${kind} ${name} ${ports}${remembered > 0 ? ` (${remembered} remembered)` : ''}`;
  });
}

const isGroup = ({ largest }: PoolOwners): boolean => largest[0]?.group !== undefined;
const isProcess = ({ largest }: PoolOwners): boolean => largest[0]?.kind === 'process';
const isNamed = (owners: PoolOwners): boolean => isGroup(owners) && isProcess(owners);

async function listening(body: (network: Network, listener: number) => Promise<void>) {
  await inNetwork((network) => body(network, network.listen('127.0.0.1', 80)));
}

describe.runIf(isPossible)('the owner of sockets', () => {
  test.each(['netlink', 'proc'] as const)(
    'is its unit without privileges, and its process with them (%s)',
    async (source) => {
      await listening(async () => {
        const client = clientIn('epe.slice/epe-kafka.service');
        await client.open(80);
        const plain = asNobody(() => new Watch({ source }).until(isGroup));
        expect(text(plain)).toEqual(['unit epe-kafka.service 80']);
        expect(plain?.largest[0]?.uid).toBe(0);
        const full = new Watch({ source }).until(isNamed);
        expect(text(full)).toEqual(['process perl (epe-kafka.service) 80']);
        expect(full?.largest[0]?.pids).toEqual([client.pid]);
      });
    },
  );

  test('is the pod, by the name that the kubelet gave its log folder, or its uid', async () => {
    await listening(async () => {
      const [named, unnamed] = [newPod(), newPod()];
      mkdirSync(join(podLogs, `shop_cart-0_${named.uid}`));
      await clientIn(named.cgroup).open(50);
      await clientIn(unnamed.cgroup).open(30);
      const owners = asNobody(() => new Watch().until(isGroup));
      expect(text(owners)).toEqual(['pod shop/cart-0 50', `pod ${unnamed.uid} 30`]);
      expect(owners?.largest[0]?.group?.containerId).toBe(named.containerId);
    });
  });

  test('is the container: two of them in one namespace', async () => {
    await listening(async () => {
      const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
      await clientIn(`epe.slice/docker-${one}.scope`).open(50);
      await clientIn(`epe.slice/docker-${two}.scope`).open(30);
      const owners = asNobody(() => new Watch().until(isGroup));
      expect(text(owners)).toEqual(['container 111111111111 50', 'container 222222222222 30']);
    });
  });

  test('is the user where there is no cgroup tree, and nobody where nothing is asked', async () => {
    await listening(async () => {
      const command = ['setpriv', `--reuid=${NOBODY}`, '--clear-groups', 'perl'];
      await clientIn('', command).open(80);
      const watch = (asked: Asked): Watch => new Watch({ cgroupfs: '/nowhere', ...asked });
      expect(text(asNobody(() => watch({}).until()))).toEqual([`user ${NOBODY} 80`]);
      expect(text(watch({ find: 'off' }).until())).toBeUndefined();
      const { ownersSight } = watch({}).poller.poll();
      expect(ownersSight).toMatchObject({ groups: false, processes: true });
      expect(ownersSight.problem).toContain('/nowhere: no cgroup2 tree; --path.cgroupfs');
    });
  });

  test('a setuid program is that of its effective user, and found', async () => {
    await listening(async () => {
      const program = join(podLogs, 'setuid-perl');
      copyFileSync('/usr/bin/perl', program);
      chmodSync(program, 0o4755);
      const client = clientIn('', ['setpriv', `--reuid=${NOBODY}`, '--clear-groups', program]);
      await client.open(80);
      const owners = new Watch().until(isProcess);
      expect(text(owners)).toEqual(['process setuid-perl 80']);
      expect(owners?.largest[0]?.uid).toBe(0);
    });
  });

  test('is the process in each pool that a socket is in', async () => {
    await listening(async () => {
      await clientIn('').openBound(80);
      const { poller } = new Watch();
      const pools = (): readonly PoolSnapshot[] =>
        poller.poll().namespaces.flatMap(({ kinds }) => kinds.flatMap(({ exported }) => exported));
      const named = (): readonly string[] =>
        pools().flatMap(({ kind, owners }) =>
          (text(owners) ?? []).map((each) => `${kind}: ${each}`),
        );
      await expect
        .poll(named, { timeout: 10_000 })
        .toEqual(['bind: process perl 80', 'range: process perl 80']);
    });
  });

  test('is another process once the first one has ended', async () => {
    await listening(async () => {
      const client = clientIn('');
      await client.open(80);
      const watch = new Watch();
      expect(text(watch.until(isProcess))).toEqual(['process perl 80']);
      await client.share('heir');
      await client.end();
      const inherited = watch.until(({ largest }) => largest[0]?.name === 'heir');
      expect(text(inherited)).toEqual(['process heir 80']);
      process.kill(inherited?.largest[0]?.pids[0] ?? Number.NaN, 'SIGKILL');
    });
  });

  test('is the process that a socket was handed to, over a Unix socket', async () => {
    await listening(async () => {
      const giver = spawn(process.execPath, ['-e', GIVER], { stdio: ['pipe', 'pipe', 'inherit'] });
      await once(giver.stdout, 'data');
      const watch = new Watch();
      expect(text(watch.until(isProcess))).toEqual(['process giver 80']);
      giver.stdin.write('give\n');
      await once(giver.stdout, 'data');
      const given = watch.until(({ largest }) => largest[0]?.name === 'taker');
      expect(text(given)).toEqual(['process taker 80']);
      giver.kill();
      await once(giver, 'exit');
    });
  });

  // Now and then a few of the closed connections are in no TIME_WAIT; then it is tried again.
  test(
    'of a TIME_WAIT is the one that its socket had, and not known where it was not seen',
    { retry: 3 },
    async () => {
      await listening(async (network, listener) => {
        const client = clientIn('epe.slice/epe-kafka.service');
        const watch = new Watch();
        await client.open(60);
        const servers = Array.from({ length: 60 }, () => network.accept(listener));
        expect(text(watch.until(isNamed))).toEqual(['process perl (epe-kafka.service) 60']);
        await client.open(20);
        for (let port = 0; port < 20; port += 1) servers.push(network.accept(listener));
        await client.close(80);
        network.close(...servers);
        await client.end();
        const owners = watch.until(({ largest }) => largest[0]?.remembered === 60);
        const expected = ['process perl (epe-kafka.service) 60 (60 remembered)', ' unknown 20'];
        expect(text(owners)).toEqual(expected);
      });
    },
  );

  test('with a hostile name does not reach the terminal as such', async () => {
    await listening(async () => {
      const client = clientIn('');
      await client.call('a\u001b[31m"\n) S 1');
      await client.open(80);
      const watch = new Watch();
      const owners = watch.until(isProcess);
      expect(text(owners)).toEqual(['process a\u001b[31m"\n) S 1 80']);
      const details = watch.poller.details();
      const table = details && renderTable(details, new RemoteNames([]));
      expect(table).toMatch(/OWNER\n.*a\\x1b\[31m"\\n\) S 1\n/);
      expect(table).not.toContain('\u001b');
    });
  });
});
