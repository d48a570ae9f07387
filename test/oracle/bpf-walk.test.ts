import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { localPort } from '../../deploy/demo/lab/syscalls.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { TcpWalk } from '../../src/kernel/bpf/tcp-walk.ts';
import { TCP_LISTEN } from '../../src/kernel/socket-row.ts';
import { NO_BPF } from '../support/bpf.ts';
import { HIGH, inNetwork, LOW } from '../support/scenario.ts';

/** The walk takes no lock: sockets come and go while it is under way. */

const KEPT: Target = { to: '127.0.0.1', port: 80 };
const BUSY_PORT = 81;

/** Connects to itself and closes, as fast as it can: every other time without a TIME_WAIT. */
const CHURN = String.raw`
const net = require('node:net');
const server = net.createServer((socket) => socket.on('error', () => {}).resume());
let turn = 0;
function again() {
  const client = net.connect(${BUSY_PORT}, '127.0.0.1', () => (turn++ % 2 ? client.resetAndDestroy() : client.end()));
  client.on('error', () => {}).on('close', () => setImmediate(again)).resume();
}
server.listen(${BUSY_PORT}, '127.0.0.1', () => {
  for (let clients = 0; clients < 4; clients++) again();
  console.log('open');
});
setTimeout(() => process.exit(), 30_000);`;

let churn: ChildProcess | undefined;

afterEach(() => {
  churn?.kill('SIGKILL');
  churn = undefined;
});

async function startChurn(): Promise<void> {
  churn = spawn(process.execPath, ['-e', CHURN], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(churn.stdout ?? churn, 'data');
}

/** Local ports of the connections to the target that stay, as one pass lists them, and whatever should not be there. */
function pass(walk: TcpWalk): { readonly kept: readonly number[]; readonly strange: number } {
  const kept: number[] = [];
  let strange = 0;
  const count = (port: number, remotePort: number): void => {
    if (remotePort === KEPT.port) kept.push(port);
    else if (remotePort !== BUSY_PORT || port < LOW || port > HIGH) strange += 1;
  };
  walk.read(
    ({ state, localPort: port, remotePort }) => {
      if (state !== TCP_LISTEN) count(port, remotePort);
      else if (port !== KEPT.port && port !== BUSY_PORT) strange += 1;
    },
    { low: LOW, high: HIGH },
  );
  return { kept: kept.toSorted((a, b) => a - b), strange };
}

async function expectEachOnce(network: Network): Promise<void> {
  network.sysctl({ 'ipv4.tcp_tw_reuse': 1 });
  network.listen(KEPT.to, KEPT.port);
  const ports = Array.from({ length: 60 }, () => localPort(network.connect(KEPT)));
  const expected = { kept: ports.toSorted((a, b) => a - b), strange: 0 };
  await startChurn();
  const walk = TcpWalk.open();
  try {
    const endMs = performance.now() + 2000;
    while (performance.now() < endMs) expect(pass(walk)).toEqual(expected);
  } finally {
    walk.close();
  }
}

test.skipIf(NO_BPF !== undefined)(
  'a connection that stays is listed once, whatever comes and goes beside it',
  () => inNetwork(expectEachOnce),
);

test.skipIf(NO_BPF !== undefined)(
  'so it is in a namespace that has its own small hash table, with long chains',
  () =>
    inNetwork(async (parent) => {
      parent.sysctl({ 'ipv4.tcp_child_ehash_entries': 4 });
      await inNetwork(expectEachOnce);
    }),
);
