import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IS_TRUE_ROOT } from '../support/host.ts';
import { pollOnce } from '../support/polls.ts';
import { Network } from '../../deploy/demo/lab/network.ts';
import { localPort, setNetwork } from '../../deploy/demo/lab/syscalls.ts';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';

const reason = missing(['ss', 'iproute2']);

interface Socket {
  readonly state: string;
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: string;
}

/** The sockets that `ss -tan` shows on this host. */
function sockets(): Socket[] {
  const lines = execFileSync(tool('ss', 'iproute2'), ['-tanH'], { encoding: 'utf8' }).split('\n');
  return lines.filter(Boolean).map((line) => {
    const [state = '', , , from = '', to = ''] = line.trim().split(/\s+/);
    const [local, localPort] = split(from);
    const [remote, remotePort] = split(to);
    return { state, local, localPort: Number(localPort), remote, remotePort };
  });
}

/** `127.0.0.1:80`, `[::1]:80`, `[::ffff:127.0.0.1]:80`, `127.0.0.1%lo:80` → address and port. */
function split(text: string): [string, string] {
  const colon = text.lastIndexOf(':');
  const address = text
    .slice(0, colon)
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '');
  return [address.replace(/^::ffff:/, ''), text.slice(colon + 1)];
}

/** Ports of the range held towards each endpoint, listeners' rows left out, by `ss` alone. */
function heldBySs(low: number, high: number): Map<string, number> {
  const all = sockets();
  const listening = new Set(all.filter(({ state }) => state === 'LISTEN').map((s) => s.localPort));
  const ports = new Map<string, Set<number>>();
  for (const { state, local, localPort, remote, remotePort } of all) {
    if (state === 'LISTEN' || listening.has(localPort) || localPort < low || localPort > high)
      continue;
    const key = `${local} ${remote} ${remotePort}`;
    ports.set(key, (ports.get(key) ?? new Set()).add(localPort));
  }
  return new Map(Array.from(ports, ([key, held]) => [key, held.size]));
}

async function heldByExporter(): Promise<{ low: number; high: number; held: Map<string, number> }> {
  const page = await pollOnce();
  const samples = page.samples.filter(
    ({ name, labels }) => name === 'ephemeral_ports_endpoint_held' && labels['pool'] === 'connect',
  );
  const held = samples.map(({ labels, value }) => {
    const { local_address = '', remote_address = '', remote_port = '' } = labels;
    return [`${local_address} ${remote_address} ${remote_port}`, value] as const;
  });
  return { low: page.value('range_low'), high: page.value('range_high'), held: new Map(held) };
}

/** The test runner's: another test may have left this thread in a namespace of its own. */
function networkOfHost(): Network {
  const fd = openSync(`/proc/${process.ppid}/ns/net`, 'r');
  setNetwork(fd);
  closeSync(fd);
  return Network.here();
}

test.skipIf(reason !== undefined)('what is held on this host is what ss -tan shows', async () => {
  const network = IS_TRUE_ROOT ? networkOfHost() : Network.enter();
  const listener = network.listen('127.0.0.1', 0);
  const port = localPort(listener);
  const connections = network.connections(40, { to: '127.0.0.1', port }, listener);
  for (const { client, server } of connections.slice(30)) network.close(client, server);
  let last: unknown;
  for (let tries = 0; tries < 10; tries += 1) {
    const { low, high, held } = await heldByExporter();
    const expected = heldBySs(low, high);
    if (JSON.stringify([...held].toSorted()) === JSON.stringify([...expected].toSorted())) {
      expect(held.get(`127.0.0.1 127.0.0.1 ${port}`)).toBe(40);
      network.dispose();
      return;
    }
    last = { held, expected };
  }
  expect(last, 'the host changed between the two looks, ten times').toBeUndefined();
});
