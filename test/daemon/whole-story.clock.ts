import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NO_BPF } from '../support/bpf.ts';
import { CGROUPS2, Cgroups } from '../support/cgroup.ts';
import { Daemon, stopDaemons } from '../support/daemon.ts';
import { MAIN, temporaryFile } from '../support/exporter.ts';
import { IS_TRUE_ROOT, TIERS } from '../support/host.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

/**
 * A client holds 20 of 40 ports and churns through the others, until connect() is refused: within two polls every face of the
 * exporter names the endpoint, who it is, and how many calls were refused.
 */

const UNIT = 'epe-kafka.service';
const RANGE = `${LOW} ${LOW + 39}`;

/** Waits until it is told to begin; then it counts its refused connects, and prints how many there were. */
const CLIENT = `
  const net = require('node:net');
  let refused = 0;
  const connect = () => new Promise((resolve) => {
    const socket = net.connect(80, '127.0.0.1', () => resolve(socket));
    socket.on('error', ({ code }) => { refused += Number(code === 'EADDRNOTAVAIL'); resolve(undefined); });
  });
  const server = net.createServer((socket) => socket.on('end', () => socket.end())).listen(80, '127.0.0.1');
  process.stdin.once('data', async () => {
    for (let held = 0; held < 20; held += 1) await connect();
    for (let calls = 0; calls < 120; calls += 1) {
      const socket = await connect();
      socket?.end();
      if (socket !== undefined) await new Promise((resolve) => socket.once('close', resolve));
    }
    process.stdout.write(refused + '\\n');
  });
  process.stdout.write('ready\\n');`;

const SETTINGS = `ip link set lo up; echo ${RANGE} > /proc/sys/net/ipv4/ip_local_port_range; echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse`;

const isPossible = IS_TRUE_ROOT && CGROUPS2 !== undefined;

let cgroups = new Cgroups(CGROUPS2);
let client: ChildProcess | undefined;

beforeEach(() => {
  cgroups = new Cgroups(CGROUPS2);
});

afterEach(async () => {
  client?.kill('SIGKILL');
  client = undefined;
  await stopDaemons();
  await cgroups.remove();
});

/** The client in its unit; `prefix` says in which network namespace. */
async function startClient(...prefix: readonly string[]): Promise<number> {
  const script = `${SETTINGS}; exec "$0" -e "$1"`;
  const [program, ...rest] = [...prefix, 'bash', '-c', script, process.execPath, CLIENT];
  client = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  await printed();
  const { pid } = client;
  if (pid === undefined) throw new Error('the client has no pid');
  cgroups.move({ pid }, `epe.slice/${UNIT}`);
  return pid;
}

async function printed(): Promise<string> {
  if (client?.stdout == null) throw new Error('the client was not started');
  const [text] = (await once(client.stdout, 'data')) as [Buffer];
  return text.toString().trim();
}

/** Lets the client go; resolves with the number of its connects that were refused. */
async function exhaust(): Promise<number> {
  client?.stdin?.write('go\n');
  const refused = Number(await printed());
  expect(refused).toBeGreaterThan(90);
  return refused;
}

function onceTable(...wrap: readonly string[]): string {
  const flags = ['--once', '--once.format=table'];
  const [program = '', ...rest] = [...wrap, process.execPath, MAIN, ...flags];
  return execFileSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

test.runIf(isPossible && NO_BPF === undefined)(
  'tier full: in another network namespace, by its process, with the number of refused connects',
  { timeout: 120_000 },
  () =>
    inNetwork(async () => {
      const config = temporaryFile('all.yaml', 'namespaces: { discover: auto }\n');
      const daemon = await Daemon.start('--log.format=json', `--config.file=${config}`);
      const pid = await startClient('unshare', '-n');
      const netns = String(statSync(`/proc/${pid}/net/tcp`).ino);
      const snapshotText = async (): Promise<string> =>
        (await daemon.get('/api/v1/snapshot')).body.toString();
      await daemon.until('the namespace is found', async () => {
        return (await snapshotText()).includes(`"netns":"${netns}"`);
      });
      const refused = await exhaust();
      await daemon.nextPoll();
      const page = await daemon.nextPoll();
      const endpoint = { netns, remote_address: '127.0.0.1', remote_port: '80', pool: 'connect' };
      expect(page.find('endpoint_failures_total', endpoint)).toBe(refused);
      const owner = { owner_kind: 'process', owner: `node (${UNIT})` };
      await daemon.until('its process is known', async () => {
        return (
          (await daemon.metrics()).find('endpoint_owner_held', { ...endpoint, ...owner }) === 20
        );
      });
      const snapshot = await snapshotText();
      expect(snapshot).toContain(`"failures":{"total":${refused},`);
      expect(snapshot).toContain(`{"pid":${pid},"command":"node","failures":${refused}}`);
      expect(snapshot).toContain(`"owner":"node (${UNIT})"`);
      const line = daemon.stderr
        .split('\n')
        .find((each) => each.includes('ConnectFailing') && each.includes(`"netns":"${netns}"`));
      expect(line).toContain(`${refused} calls were refused in the last minute`);
      expect(line).toContain(`node (pid ${pid})`);
      // One poll looks for owners for a short time, and other tests have namespaces too.
      const named = /127\.0\.0\.1 +127\.0\.0\.1:80 .*node \(epe-kafka\.service\) 20/;
      await expect.poll(() => onceTable(), { timeout: 20_000 }).toMatch(named);
      expect(onceTable()).toContain(`netns ${netns}`);
    }),
);

test.runIf(isPossible)('tier none: in its own network namespace, by its unit', () =>
  inNetwork(async () => {
    const daemon = await Daemon.startBy((...command) => [...TIERS.none, ...command]);
    await startClient();
    await daemon.nextPoll();
    await exhaust();
    const endpoint = { remote_address: '127.0.0.1', remote_port: '80', pool: 'connect' };
    await daemon.until('its unit is known', async () => {
      const owner = { owner_kind: 'unit', owner: UNIT };
      return (await daemon.metrics()).find('endpoint_owner_held', { ...endpoint, ...owner }) === 20;
    });
    const line = daemon.stderr.split('\n').find((each) => each.includes('127.0.0.1:80'));
    expect(line).toContain('Cause ');
    expect(onceTable(...TIERS.none)).toContain(UNIT);
  }),
);
