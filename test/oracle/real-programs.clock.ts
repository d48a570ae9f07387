import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import {
  type DebianProgram,
  debianProgram,
  missingProgram,
  startProgram,
} from '../support/debian-program.ts';
import { type Source, SOURCES } from '../support/polls.ts';
import { PROXIES, type Proxy, PROXY_PORT, SOURCE } from '../support/proxies.ts';
import { inNetwork } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';
import { Watch } from '../support/watch.ts';

/** Proxies of Debian with a source address of their own, and an FTP server: what is said is what the kernel grants. */

const [LOW, HIGH] = [40_000, 40_399];
const ORIGIN: Target = { to: '127.0.0.1', port: 80 };
const CLIENTS = 90;

/** Fetched before a scenario takes this thread into a namespace that leads nowhere. */
const REASONS = new Map(
  [...PROXIES.map(({ name }) => name), 'vsftpd'].map((name) => [name, missingProgram(name)]),
);

describe('a proxy with a source address', () => {
  test.for(PROXIES)('$title', async (proxy, { skip }) => {
    const reason = REASONS.get(proxy.name);
    skip(reason !== undefined, reason);
    await inNetwork(async (network) => {
      network.range(LOW, HIGH);
      network.listen(ORIGIN.to, ORIGIN.port);
      const [program, args] = configured(proxy);
      const child = startProgram(program, args);
      try {
        await expectTruth(network, proxy.by ?? SOURCES, () => openClient(proxy.request));
      } finally {
        await end(child);
      }
    });
  });
});

function configured(proxy: Proxy): [DebianProgram, readonly string[]] {
  const program = debianProgram(proxy.name);
  const folder = mkdtempSync(join(tmpdir(), 'epe-proxy-'));
  // Squid leaves root behind before it writes.
  chmodSync(folder, 0o777);
  const file = join(folder, 'configuration');
  writeFileSync(file, proxy.configuration(folder, program.folder));
  return [program, proxy.arguments(file, folder)];
}

/** Clients come one after the other, with polls in between; then both sources say what the kernel grants. */
async function expectTruth(
  network: Network,
  sources: readonly Source[],
  open: () => Promise<Socket>,
): Promise<void> {
  const watch = new Watch();
  await watch.next();
  const sockets: Socket[] = [];
  for (let client = 0; client < CLIENTS; client += 1) {
    sockets.push(await open());
    if (client % 15 === 0) await watch.next();
  }
  await pause(1000);
  const targets = [ORIGIN, { ...ORIGIN, from: SOURCE }];
  // So long that the dump of named ports is due, whatever it cost before.
  const pages = await watch.next(60);
  const granted = measure(network, targets);
  const said = new Map(Array.from(pages, ([source, page]) => [source, predict(page, targets)]));
  watch.close();
  for (const socket of sockets) socket.destroy();
  expect(sockets.length).toBe(CLIENTS);
  for (const source of sources) expect(said.get(source), source).toEqual(granted);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`it ended by itself with ${child.exitCode}`);
  child.kill('SIGTERM');
  await once(child, 'close');
}

async function openClient(request: string): Promise<Socket> {
  const socket = await connected(PROXY_PORT);
  socket.write(request);
  return socket;
}

/** Waits for the program to listen. */
async function connected(port: number): Promise<Socket> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.on('error', () => undefined);
      return socket;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(100);
    }
  }
}

test('vsftpd: each passive transfer has a listener of its own', async ({ skip }) => {
  const reason = REASONS.get('vsftpd');
  skip(reason !== undefined, reason);
  await inNetwork(async (network) => {
    network.range(LOW, HIGH);
    network.listen(ORIGIN.to, ORIGIN.port);
    const folder = mkdtempSync(join(tmpdir(), 'epe-ftp-'));
    const file = join(folder, 'configuration');
    chmodSync(folder, 0o755);
    writeFileSync(file, ftpConfiguration(folder));
    const child = startProgram(debianProgram('vsftpd'), [file]);
    try {
      await expectTruth(network, SOURCES, transfer);
    } finally {
      await end(child);
    }
  });
});

function ftpConfiguration(folder: string): string {
  return `
listen=YES
listen_address=127.0.0.1
listen_port=21
background=NO
anonymous_enable=YES
anon_root=${folder}
no_anon_password=YES
ftp_username=daemon
nopriv_user=nobody
secure_chroot_dir=${folder}
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
pasv_min_port=${LOW}
pasv_max_port=${HIGH}
`;
}

/** Lists a folder; the connection for its data is closed by the server, and stays there in TIME_WAIT. */
async function transfer(): Promise<Socket> {
  const control = await connected(21);
  const lines = replies(control);
  await lines.next();
  for (const command of ['USER anonymous', 'PASS x']) await ask(command);
  const numbers = /(\d+),(\d+)\)/.exec(await ask('PASV'));
  const data = await connected(256 * Number(numbers?.[1]) + Number(numbers?.[2]));
  const closed = once(data.resume(), 'close');
  await ask('LIST');
  await lines.next();
  await closed;
  const left = once(control, 'close');
  control.write('QUIT\r\n');
  await left;
  return control;

  async function ask(command: string): Promise<string> {
    control.write(`${command}\r\n`);
    const line = await lines.next();
    return String(line.value);
  }
}

function replies(socket: Socket): AsyncIterator<string> {
  return createInterface({ input: socket })[Symbol.asyncIterator]();
}
