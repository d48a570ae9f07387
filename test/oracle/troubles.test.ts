import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { run, temporaryFile } from '../support/exporter.ts';
import { IS_TRUE_ROOT } from '../support/host.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

/**
 * A host on which several things go wrong at once, each in a network namespace of its own, as in pods; each is named by the
 * commands that somebody types who knows nothing of it. An exhausted NAT is in nat.clock.ts: it needs connection tracking.
 */

const PORTS = 400;
const HELD = 380;

/** What each client does in its namespace before it prints `ready`. */
const CLIENTS = {
  leak: `
    const server = net.createServer((socket) => socket.end()).listen(80, '127.0.0.1');
    for (let calls = 0; calls < ${HELD}; calls += 1) {
      const socket = net.connect({ port: 80, host: '127.0.0.1', allowHalfOpen: true });
      await new Promise((resolve) => socket.resume().once('end', resolve));
    }`,
  churn: `
    const server = net.createServer((socket) => socket.on('end', () => socket.end())).listen(5432, '127.0.0.1');
    for (let calls = 0; calls < ${HELD}; calls += 1) {
      const socket = net.connect(5432, '127.0.0.1', () => socket.end());
      await new Promise((resolve) => socket.resume().once('close', resolve));
    }`,
  proxy: `
    const server = net.createServer(() => {}).listen(443, '127.0.0.2');
    for (let calls = 0; calls < ${HELD}; calls += 1) {
      const socket = net.connect({ port: 443, host: '127.0.0.2', localAddress: '127.0.0.1' });
      await new Promise((resolve) => socket.once('connect', resolve));
    }`,
} as const;

const SETTINGS = [
  'ip link set lo up',
  `echo ${LOW} ${LOW + PORTS - 1} > /proc/sys/net/ipv4/ip_local_port_range`,
  'echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse',
].join('; ');

let clients: ChildProcess[] = [];

afterEach(() => {
  for (const client of clients) client.kill('SIGKILL');
  clients = [];
});

/** Starts a client; resolves with the number of its namespace once it has done its harm. */
async function start(script: string): Promise<string> {
  const program = `const net = require('node:net'); (async () => {${script}; console.log('ready'); setInterval(() => {}, 1e6); })();`;
  const command = `${SETTINGS}; exec "$0" -e "$1"`;
  const client = spawn('unshare', ['-n', 'bash', '-c', command, process.execPath, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  clients.push(client);
  await once(client.stdout, 'data');
  return String(statSync(`/proc/${client.pid ?? 0}/net/tcp`).ino);
}

test.runIf(IS_TRUE_ROOT)(
  'a leak, churn, a proxy that binds first, a stolen service port and an IPv6 that is off are told apart',
  { timeout: 120_000 },
  () =>
    inNetwork(async (network) => {
      network.listen('127.0.0.1', 80);
      network.connectBound({ to: '127.0.0.1', port: 80 }, '127.0.0.1', LOW);
      network.sysctl({ 'ipv6.conf.all.disable_ipv6': 1 });
      const [leak, churn, proxy] = [
        await start(CLIENTS.leak),
        await start(CLIENTS.churn),
        await start(CLIENTS.proxy),
      ];
      const { stdout: table } = run('--once', '--once.format=table');
      const lines = table.split('\n').filter((line) => line.startsWith('! '));
      const lineOf = (text: string): string => lines.find((line) => line.includes(text)) ?? '';
      expect(lineOf(`netns ${leak}`)).toContain('Cause connection_leak');
      expect(lineOf(`netns ${leak}`)).toContain('127.0.0.1:80');
      expect(lineOf(`netns ${churn}`)).toContain('Cause connection_churn');
      expect(lineOf(`netns ${churn}`)).toContain('PgBouncer');
      expect(lineOf(`netns ${proxy}`)).toContain('Cause bind_before_connect');
      expect(lineOf(`netns ${proxy}`)).toContain('IP_BIND_ADDRESS_NO_PORT');

      // Service ports are those of the host, which this namespace is where no other is looked for.
      const here = temporaryFile(
        'here.yaml',
        `namespaces: { discover: off }\nservice_ports: [${LOW}]\n`,
      );
      const { stdout: own } = run('--once', '--once.format=table', `--config.file=${here}`);
      expect(own).toMatch(
        new RegExp(
          `^! warning EphemeralPortsServicePortTaken: .*port ${LOW}: a service cannot listen on`,
          'm',
        ),
      );

      for (const netns of [leak, churn, proxy]) {
        const check = run('check', `--netns=${netns}`);
        expect(check.status).toBe(2);
        expect(check.stdout).toMatch(/^PORTS CRITICAL - critical: /);
      }

      const report = run('report');
      for (const cause of ['connection_leak', 'connection_churn', 'bind_before_connect']) {
        expect(report.stdout).toContain(cause);
      }

      const ipv6 = run('explain', '[fd00::9]:443', '--no-daemon');
      expect(ipv6.status).toBe(1);
      expect(ipv6.stdout).toMatch(/IPv6/);
      expect(ipv6.stdout).not.toContain('EADDRNOTAVAIL for lack of');
    }),
);
